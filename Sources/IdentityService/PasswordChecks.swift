import Crypto
import Locking
import OpenStackAPI

/// Remembers for some minutes which passwords were right, so that only the first of many logins costs what scrypt
/// costs. It keeps no password: the key of an entry is a keyed hash over the stored text and the password, and the key
/// lives in memory only. A changed password has another stored text, so that nothing needs to be forgotten.
final class PasswordChecks: Sendable {
  private static let lifetime = Duration.seconds(300)

  /// Random even in a world whose identifiers are not: it never shows, and drawing it must not change them.
  private let key = SymmetricKey(size: .bits256)
  private let right = Locked(BoundedCache<[UInt8], Timestamp>(bytes: 1 << 18))

  /// What a world remembers, together with its forks: they store the same texts.
  static func of(_ world: World) -> PasswordChecks { world.lineage.remembered { PasswordChecks() } }

  /// Whether a password is known to be the one that was stored, without computing anything.
  func isKnown(_ password: String, stored: String, in world: World) -> Bool {
    isKnown(mark(password, stored), at: world.now)
  }

  /// Whether a password is the one that was stored.
  func matches(_ password: String, stored: String, in world: World) async -> Bool {
    let mark = mark(password, stored)
    if isKnown(mark, at: world.now) { return true }
    guard let hash = Password(stored: stored) else { return false }
    let matches = await PasswordQueues.shared.run { [self] in
      // Of many first logins at the same time, those that had to wait find the answer here.
      isKnown(mark, at: world.now) || hash.matches(password)
    }
    if matches { right.withLock { $0.insert(world.now + Self.lifetime, for: mark, bytes: mark.count + 48) } }
    return matches
  }

  private func isKnown(_ mark: [UInt8], at now: Timestamp) -> Bool {
    right.withLock { $0.value(for: mark) }.map { now < $0 } ?? false
  }

  private func mark(_ password: String, _ stored: String) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(stored.utf8) + [0] + Array(password.utf8), using: key))
  }
}

import Crypto
import OpenStackAPI

/// Passwords of the moment (RFC 6238): six digits, a new one every thirty seconds.
struct TOTP: Sendable {
  private static let digits = 6
  private static let period = 30

  private let key: SymmetricKey

  /// The passwords of a secret in Base32 (RFC 4648), with or without padding; `nil` for anything else.
  init?(secret: String) {
    guard let bytes = Self.bytes(base32: secret), !bytes.isEmpty else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// Whether a password is that of a moment, or one of those before it.
  func accepts(_ passcode: String, at now: Timestamp, previous: Int) -> Bool {
    (0...previous).contains { password(at: now.seconds - $0 * Self.period) == passcode }
  }

  /// The password of a moment.
  func password(at seconds: Int) -> String {
    let counter = UInt64(max(0, seconds / Self.period))
    let message = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: counter >> UInt64($0)) }
    let code = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
    let place = Int(code[19] & 0x0F)
    let number = code[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
    let text = String(number % 1_000_000)
    return String(repeating: "0", count: Self.digits - text.count) + text
  }

  private static func bytes(base32 text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = 0
    var bits = 0
    for symbol in text.utf8 where symbol != UInt8(ascii: "=") {
      switch symbol {
      case 65...90: buffer = buffer << 5 | Int(symbol - 65)
      case 50...55: buffer = buffer << 5 | Int(symbol - 24)
      default: return nil
      }
      bits += 5
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
        buffer &= (1 << bits) - 1
      }
    }
    return bytes
  }
}

import Crypto
import CryptoExtras
import OpenStackAPI

/// A password as it is stored: scrypt, in the notation that passlib and Keystone's `password_hash` column use,
/// `$scrypt$ln=14,r=8,p=1$<salt>$<checksum>`.
struct Password: Sendable {
  /// The binary logarithm of the cost, 2 to the 14th rounds. Keystone's default, as are the other two (keystone.conf,
  /// [identity] password_hash_rounds and scrypt_*).
  static let usualLogarithm = 14
  private static let usualBlockSize = 8
  private static let usualParallelism = 1
  static let saltLength = 16
  private static let checksumLength = 32
  /// Keystone cuts longer passwords off (keystone.conf, [identity] max_password_length).
  private static let longest = 4096

  private let logarithm: Int
  private let blockSize: Int
  private let parallelism: Int
  private let salt: [UInt8]
  private let checksum: [UInt8]

  /// Hashes a password. It takes some 30 ms and 16 MB: call it on a queue of `PasswordQueues`.
  init(hashing password: String, salt: [UInt8], logarithm: Int = usualLogarithm) throws {
    (self.logarithm, blockSize, parallelism) = (logarithm, Self.usualBlockSize, Self.usualParallelism)
    self.salt = salt
    checksum = try Self.derive(password, salt, 1 << logarithm, blockSize, parallelism)
  }

  /// Reads the stored text; `nil` for another scheme, and for parameters that would take too much memory.
  init?(stored text: String) {
    let parts = text.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
      let salt = Base64.standard.decode(String(parts[3])), let checksum = Base64.standard.decode(String(parts[4]))
    else { return nil }
    let numbers = parts[2].split(separator: ",").compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }
    guard numbers.count == 3, (1...16).contains(numbers[0]), (1...16).contains(numbers[1]),
      (1...16).contains(numbers[2])
    else { return nil }
    (logarithm, blockSize, parallelism) = (numbers[0], numbers[1], numbers[2])
    (self.salt, self.checksum) = (salt, checksum)
  }

  /// The text to store.
  var stored: String {
    "$scrypt$ln=\(logarithm),r=\(blockSize),p=\(parallelism)"
      + "$\(Base64.standard.encode(salt))$\(Base64.standard.encode(checksum))"
  }

  /// Whether this is the password. As expensive as hashing; the comparison takes the same time wherever they differ.
  func matches(_ password: String) -> Bool {
    guard let given = try? Self.derive(password, salt, 1 << logarithm, blockSize, parallelism),
      given.count == checksum.count
    else { return false }
    return ConstantTime.areEqual(given, checksum)
  }

  /// The text to store for a new password, hashed on a queue.
  static func hash(_ password: String, in world: World) async throws -> String {
    let salt = world.identifiers.bytes(saltLength)
    let logarithm = world.settings.get(default: IdentitySettings()).passwordLogarithm
    let hash = await PasswordQueues.shared.run {
      Result { try Password(hashing: password, salt: salt, logarithm: logarithm).stored }
    }
    return try hash.get()
  }

  private static func derive(
    _ password: String, _ salt: [UInt8], _ rounds: Int, _ blockSize: Int, _ parallelism: Int
  ) throws -> [UInt8] {
    let key = try KDF.Scrypt.deriveKey(
      from: Array(password.utf8.prefix(longest)), salt: salt, outputByteCount: checksumLength, rounds: rounds,
      blockSize: blockSize, parallelism: parallelism, maxMemory: 256 << 20)
    return key.withUnsafeBytes(Array.init)
  }
}

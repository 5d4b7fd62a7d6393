import Crypto
import CryptoExtras
import OpenStackAPI

/// Fernet: messages that are encrypted, signed, and say when they were made.
///
/// Source: <https://github.com/fernet/spec/blob/master/Spec.md>. A message is the version, 64 bits of seconds since the
/// epoch, an initialization vector, AES-128-CBC ciphertext and an HMAC-SHA256 of all that, in URL-safe Base64.
struct Fernet: Sendable {
  private let signing: SymmetricKey
  private let encryption: SymmetricKey

  private static let version: UInt8 = 0x80
  private static let headerLength = 25
  private static let signatureLength = 32

  /// The cipher of a 256-bit key, half of which signs and half of which encrypts; `nil` for any other length.
  init?(key: [UInt8]) {
    guard key.count == 32 else { return nil }
    (signing, encryption) = (SymmetricKey(data: key[..<16]), SymmetricKey(data: key[16...]))
  }

  /// A message made at a second, without the padding of its Base64, as Keystone writes it.
  func seal(_ plaintext: [UInt8], at seconds: Int, vector: [UInt8]) throws -> String {
    var message = [Self.version]
    message.reserveCapacity(Self.headerLength + plaintext.count + 16 + Self.signatureLength)
    for shift in stride(from: 56, through: 0, by: -8) { message.append(UInt8(truncatingIfNeeded: seconds >> shift)) }
    message += vector
    message += try AES._CBC.encrypt(plaintext, using: encryption, iv: AES._CBC.IV(ivBytes: vector))
    message += HMAC<SHA256>.authenticationCode(for: message, using: signing)
    return Base64.urlSafe.encode(message)
  }

  /// What a message says and when it was made; `nil` for one that this key did not make. The signature is compared in
  /// constant time and before anything else is looked at.
  func open(_ text: String) -> (plaintext: [UInt8], seconds: Int)? {
    guard let message = Base64.urlSafe.decode(text), message.count >= Self.headerLength + 16 + Self.signatureLength,
      message[0] == Self.version
    else { return nil }
    let signed = message.dropLast(Self.signatureLength)
    let signature = message.suffix(Self.signatureLength)
    guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: signed, using: signing) else { return nil }
    let seconds = signed[1..<9].reduce(0) { $0 << 8 | Int($1) }
    guard let vector = try? AES._CBC.IV(ivBytes: signed[9..<25]),
      let plaintext = try? AES._CBC.decrypt(signed[25...], using: encryption, iv: vector)
    else { return nil }
    return (Array(plaintext), seconds)
  }
}

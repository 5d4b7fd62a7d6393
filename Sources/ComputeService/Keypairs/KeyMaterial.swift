import Crypto
import CryptoExtras
import Dispatch
import OpenStackAPI

/// A public key with its fingerprint, and the private key where Nova made the pair.
struct KeyMaterial: Sendable {
  let publicKey: String
  /// Bytes in hexadecimal, separated by colons: MD5 for SSH, SHA-1 for X.509.
  let fingerprint: String
  let privateKey: String?

  /// An OpenSSH public key line (RFC 4253 section 6.6): type, base64 blob, comment. `nil` if Nova refuses it. As in Nova
  /// one library reads the key and another way of splitting finds what the fingerprint is of: after a second blank
  /// that is nothing at all (nova.crypto, `generate_fingerprint`).
  init?(sshPublicKey text: String) {
    guard let (type, body) = Self.typeAndBody(Array(text.utf8)), let blob = Base64.leniently(decoded: body),
      SSHKeyBlob(blob, type: type).isValid
    else { return nil }
    let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count > 1, let hashed = Base64.leniently(decoded: String(words[1])) else { return nil }
    publicKey = text
    fingerprint = Self.colons(Insecure.MD5.hash(data: hashed))
    privateKey = nil
  }

  /// The first two words of a line that begins with them; between them are blanks and tabs (pyca/cryptography,
  /// `load_ssh_public_key`). Of the second only what base64 is made of counts.
  private static func typeAndBody(_ line: [UInt8]) -> (type: String, body: String)? {
    let type = line.prefix { !isSpace($0) }
    let rest = line.dropFirst(type.count)
    let body = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }.prefix { !isSpace($0) }
    guard !type.isEmpty, !body.isEmpty, body.startIndex > rest.startIndex else { return nil }
    return (String(decoding: type, as: UTF8.self), String(decoding: body.filter { $0 < 128 }, as: UTF8.self))
  }

  /// What Python's `\s` is in bytes.
  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

  /// A certificate in PEM (RFC 7468). `nil` if it is none.
  init?(certificate text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed)
    guard let start = lines.firstIndex(of: "-----BEGIN CERTIFICATE-----"),
      let end = lines.firstIndex(of: "-----END CERTIFICATE-----"), start < end,
      let der = Base64.decoded(lines[(start + 1)..<end].joined()), der.first == 0x30, der.count > 64
    else { return nil }
    publicKey = text
    fingerprint = Self.colons(Insecure.SHA1.hash(data: der))
    privateKey = nil
  }

  private init(publicKey: String, fingerprint: some Sequence<UInt8>, privateKey: String) {
    (self.publicKey, self.privateKey) = (publicKey, privateKey)
    self.fingerprint = Self.colons(fingerprint)
  }

  /// A new RSA key of 2048 bits, made off the event loop.
  static func generated() async throws -> KeyMaterial { try await offTheLoop { try generate() } }

  /// A new certificate that a user signs with a new RSA key, for logging in to Windows servers: the private half is
  /// certificate and key together, a PKCS #12 file in base64.
  static func generatedCertificate(
    for user: String, _ identifiers: Identifiers, _ now: Timestamp
  ) async throws -> KeyMaterial {
    try await offTheLoop {
      let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
      let certificate = try ClientCertificate(user: user, key: key, serial: identifiers.bytes(16), now: now)
      return KeyMaterial(
        publicKey: certificate.pem, fingerprint: Insecure.SHA1.hash(data: certificate.der),
        privateKey: Base64.encoded(try PKCS12(certificate, random: identifiers.bytes).der))
    }
  }

  /// Finding primes takes a tenth of a second, which an event loop must not.
  private static func offTheLoop(_ make: @escaping @Sendable () throws -> KeyMaterial) async throws -> KeyMaterial {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try make() }) }
    }
  }

  private static func generate() throws -> KeyMaterial {
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let parts = try key.publicKey.getKeyPrimitives()
    let blob =
      SSHKeyBlob.string(Array("ssh-rsa".utf8)) + SSHKeyBlob.integer(Array(parts.publicExponent))
      + SSHKeyBlob.integer(Array(parts.modulus))
    return KeyMaterial(
      publicKey: "ssh-rsa \(Base64.encoded(blob)) Generated-by-Nova", fingerprint: Insecure.MD5.hash(data: blob),
      privateKey: key.pemRepresentation)
  }

  private static func colons(_ digest: some Sequence<UInt8>) -> String {
    digest.map { Identifiers.hex([$0]) }.joined(separator: ":")
  }
}

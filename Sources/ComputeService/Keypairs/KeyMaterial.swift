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

  /// An OpenSSH public key line (RFC 4253 section 6.6): type, base64 blob, comment. `nil` if it is none.
  init?(sshPublicKey text: String) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, let blob = Base64.decoded(words[1]), SSHKeyBlob(blob, type: words[0]).isValid else {
      return nil
    }
    publicKey = text
    fingerprint = Self.colons(Insecure.MD5.hash(data: blob))
    privateKey = nil
  }

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

/// The blob inside an OpenSSH public key: fields with their lengths before them (RFC 4251 section 5).
struct SSHKeyBlob {
  private let fields: [ArraySlice<UInt8>]
  private let type: String

  init(_ blob: [UInt8], type: Substring) {
    self.type = String(type)
    var fields: [ArraySlice<UInt8>] = []
    var rest = blob[...]
    while rest.count >= 4 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else { break }
      fields.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    self.fields = rest.isEmpty ? fields : []
  }

  /// Whether the fields are those of the type that both the line and the blob name.
  var isValid: Bool {
    guard let first = fields.first, first.elementsEqual(type.utf8) else { return false }
    switch type {
    case "ssh-rsa": return fields.count == 3 && fields[2].count >= 64
    case "ssh-dss": return fields.count == 5
    case "ssh-ed25519": return fields.count == 2 && fields[1].count == 32
    case "ecdsa-sha2-nistp256": return isECDSA("nistp256", point: 65)
    case "ecdsa-sha2-nistp384": return isECDSA("nistp384", point: 97)
    case "ecdsa-sha2-nistp521": return isECDSA("nistp521", point: 133)
    case "sk-ssh-ed25519@openssh.com": return fields.count == 3 && fields[1].count == 32
    case "sk-ecdsa-sha2-nistp256@openssh.com": return fields.count == 4 && fields[2].count == 65
    default: return false
    }
  }

  private func isECDSA(_ curve: String, point: Int) -> Bool {
    fields.count == 3 && fields[1].elementsEqual(curve.utf8) && fields[2].count == point && fields[2].first == 4
  }

  static func string(_ bytes: [UInt8]) -> [UInt8] {
    (0..<4).reversed().map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) } + bytes
  }

  /// A positive number: no leading zeros but the one that keeps the sign bit clear.
  static func integer(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array(bytes.drop { $0 == 0 })
    return string((digits.first ?? 0) & 0x80 != 0 ? [0] + digits : digits)
  }
}

import Crypto
import CryptoExtras
import FoundationEssentials
import SwiftASN1

/// A certificate and its key in one file, as Windows imports them (PKCS #12, RFC 7292), with an empty password and the
/// algorithms of `openssl pkcs12 -export`, by which Nova makes it.
struct PKCS12 {
  let der: [UInt8]

  /// As OpenSSL has it. With an empty password a higher number keeps no one out.
  private static let rounds = 2048

  /// - Parameter random: gives so many random bytes.
  init(_ certificate: ClientCertificate, random: (Int) -> [UInt8]) throws {
    let keyID = Array(Insecure.SHA1.hash(data: certificate.der))
    let contents = try DER.bytes { der in
      try der.sequence { der in
        try Self.writeCertificate(certificate.der, keyID, random, to: &der)
        try Self.writeKey(certificate.key, keyID, random, to: &der)
      }
    }
    let salt = random(8)
    let code = HMAC<SHA256>.authenticationCode(for: contents, using: Self.integrityKey(salt))
    der = try DER.bytes { der in
      try der.sequence { der in
        try der.serialize(3)
        try der.content(.data) { $0.octets(contents) }
        try der.sequence { der in
          try der.sequence { der in
            try der.algorithm([2, 16, 840, 1, 101, 3, 4, 2, 1]) { try $0.serialize(ASN1Null()) }
            der.octets(code)
          }
          der.octets(salt)
          try der.serialize(Self.rounds)
        }
      }
    }
  }

  /// The certificate: encrypted content with one bag (RFC 7292 section 4.2.3).
  private static func writeCertificate(
    _ certificate: [UInt8], _ keyID: [UInt8], _ random: (Int) -> [UInt8], to der: inout DER.Serializer
  ) throws {
    let bag = try DER.bytes { der in
      try der.bag([1, 2, 840, 113_549, 1, 12, 10, 1, 3], keyID) { der in
        try der.serialize([1, 2, 840, 113_549, 1, 9, 22, 1] as ASN1ObjectIdentifier)
        der.explicit(0) { $0.octets(certificate) }
      }
    }
    let cipher = try Cipher(bag, random)
    try der.content([1, 2, 840, 113_549, 1, 7, 6]) { der in
      try der.sequence { der in
        try der.serialize(0)
        try der.sequence { der in
          try der.serialize(ASN1ObjectIdentifier.data)
          try cipher.writeAlgorithm(to: &der)
          der.appendPrimitiveNode(identifier: ASN1Identifier(tagWithNumber: 0, tagClass: .contextSpecific)) {
            $0 += cipher.text
          }
        }
      }
    }
  }

  /// The key: plain content with one bag, in which the key is encrypted (RFC 7292 section 4.2.2).
  private static func writeKey(
    _ key: _RSA.Signing.PrivateKey, _ keyID: [UInt8], _ random: (Int) -> [UInt8], to der: inout DER.Serializer
  ) throws {
    let plain = try DER.bytes { der in
      try der.sequence { der in
        try der.serialize(0)
        try der.algorithm(.AlgorithmIdentifier.rsaEncryption) { try $0.serialize(ASN1Null()) }
        der.octets(key.derRepresentation)
      }
    }
    let cipher = try Cipher(plain, random)
    let bag = try DER.bytes { der in
      try der.bag([1, 2, 840, 113_549, 1, 12, 10, 1, 2], keyID) { der in
        try cipher.writeAlgorithm(to: &der)
        der.octets(cipher.text)
      }
    }
    try der.content(.data) { $0.octets(bag) }
  }

  /// The key of the code over the whole, for an empty password (RFC 7292 appendix B.2 with SHA-256 and the id 3). As the
  /// key is as long as the digest, one block of the derivation is all.
  private static func integrityKey(_ salt: [UInt8]) -> SymmetricKey {
    let block = 64
    // The password is text of two bytes a letter with a zero at its end: nothing but zeros.
    let repeated = (0..<block).map { salt[$0 % salt.count] } + [UInt8](repeating: 0, count: block)
    var digest = SHA256.hash(data: [UInt8](repeating: 3, count: block) + repeated)
    for _ in 1..<rounds { digest = SHA256.hash(data: Array(digest)) }
    return SymmetricKey(data: Array(digest))
  }

  /// What is encrypted with an empty password: AES-256 in CBC mode, its key by PBKDF2 (PBES2, RFC 8018 section 6.2).
  private struct Cipher {
    let text: [UInt8]
    private let salt: [UInt8]
    private let start: [UInt8]

    init(_ plain: [UInt8], _ random: (Int) -> [UInt8]) throws {
      (salt, start) = (random(8), random(16))
      let key = try KDF.Insecure.PBKDF2.deriveKey(
        from: [UInt8](), salt: salt, using: .sha256, outputByteCount: 32, unsafeUncheckedRounds: rounds)
      text = Array(try AES._CBC.encrypt(plain, using: key, iv: AES._CBC.IV(ivBytes: start)))
    }

    func writeAlgorithm(to der: inout DER.Serializer) throws {
      try der.algorithm([1, 2, 840, 113_549, 1, 5, 13]) { der in
        try der.sequence { der in
          try der.algorithm([1, 2, 840, 113_549, 1, 5, 12]) { der in
            try der.sequence { der in
              der.octets(salt)
              try der.serialize(rounds)
              try der.algorithm([1, 2, 840, 113_549, 2, 9]) { try $0.serialize(ASN1Null()) }
            }
          }
          try der.algorithm([2, 16, 840, 1, 101, 3, 4, 1, 42]) { $0.octets(start) }
        }
      }
    }
  }
}

extension ASN1ObjectIdentifier {
  /// Plain content (RFC 5652 section 4).
  fileprivate static let data: ASN1ObjectIdentifier = [1, 2, 840, 113_549, 1, 7, 1]
}

extension DER.Serializer {
  /// A `ContentInfo`: a type and its content.
  fileprivate mutating func content(
    _ type: ASN1ObjectIdentifier, _ write: (inout DER.Serializer) throws -> Void
  ) throws {
    try sequence { der in
      try der.serialize(type)
      try der.explicit(0, write)
    }
  }

  /// `SafeContents` of one bag, with the attribute by which a key and its certificate find each other.
  fileprivate mutating func bag(
    _ type: ASN1ObjectIdentifier, _ keyID: [UInt8], _ write: (inout DER.Serializer) throws -> Void
  ) throws {
    try sequence { der in
      try der.sequence { der in
        try der.serialize(type)
        try der.explicit(0) { try $0.sequence(write) }
        try der.set { der in
          try der.sequence { der in
            try der.serialize([1, 2, 840, 113_549, 1, 9, 21] as ASN1ObjectIdentifier)
            der.set { $0.octets(keyID) }
          }
        }
      }
    }
  }
}

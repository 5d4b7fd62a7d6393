import Crypto
import CryptoExtras
import OpenStackAPI
import SwiftASN1

/// A self-signed certificate for logging in to Windows servers in a user's name, as Nova makes for key pairs of type
/// x509 (nova.crypto, `generate_winrm_x509_cert`; RFC 5280 section 4.1).
struct ClientCertificate {
  /// The certificate in DER.
  let der: [UInt8]
  /// The key that it is of and that signed it.
  let key: _RSA.Signing.PrivateKey

  /// The certificate in PEM.
  var pem: String { PEMDocument(type: "CERTIFICATE", derBytes: der).pemString + "\n" }

  /// Ten years.
  private static let lifetime = Duration.seconds(3650 * 86_400)

  /// Signs a certificate of a key.
  ///
  /// - Parameters:
  ///   - user: the user's id, which is its subject's common name.
  ///   - serial: 16 random bytes.
  init(user: String, key: _RSA.Signing.PrivateKey, serial: [UInt8], now: Timestamp) throws {
    let signed = try DER.bytes { try Self.writeSigned(user: user, key: key, serial: serial, now: now, to: &$0) }
    let signature = try key.signature(for: SHA256.hash(data: signed), padding: .insecurePKCS1v1_5)
    der = try DER.bytes { der in
      try der.sequence { der in
        der.serializeRawBytes(signed)
        try der.algorithm(.AlgorithmIdentifier.sha256WithRSAEncryption) { try $0.serialize(ASN1Null()) }
        try der.serialize(ASN1BitString(bytes: Array(signature.rawRepresentation)[...]))
      }
    }
    self.key = key
  }

  /// The part that is signed (`TBSCertificate`), of version 3.
  private static func writeSigned(
    user: String, key: _RSA.Signing.PrivateKey, serial: [UInt8], now: Timestamp, to der: inout DER.Serializer
  ) throws {
    try der.sequence { der in
      try der.explicit(0) { try $0.serialize(2) }
      // A positive number: the first bit is its sign, and the one after it keeps the number from being shortened.
      let first = (serial.first ?? 0) & 0x7F | 0x40
      der.appendPrimitiveNode(identifier: .integer) { $0 += [first] + serial.dropFirst() }
      try der.algorithm(.AlgorithmIdentifier.sha256WithRSAEncryption) { try $0.serialize(ASN1Null()) }
      try writeName(user, to: &der)
      der.sequence { der in
        write(now, to: &der)
        write(now + lifetime, to: &der)
      }
      try writeName(user, to: &der)
      der.serializeRawBytes(key.publicKey.derRepresentation)
      try der.explicit(3) { try writeExtensions(principal: "\(user)@localhost", to: &$0) }
    }
  }

  private static func writeName(_ common: String, to der: inout DER.Serializer) throws {
    try der.sequence { der in
      try der.set { der in
        try der.sequence { der in
          try der.serialize(ASN1ObjectIdentifier.NameAttributes.commonName)
          try der.serialize(ASN1UTF8String(common))
        }
      }
    }
  }

  /// A moment: with two digits of the year from 1950 to 2049, with four before and after (RFC 5280 section 4.1.2.5).
  private static func write(_ moment: Timestamp, to der: inout DER.Serializer) {
    let digits = moment.text(.plain).utf8.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let isShort = moment >= Timestamp(seconds: -631_152_000) && moment < Timestamp(seconds: 2_524_608_000)
    der.appendPrimitiveNode(identifier: isShort ? .utcTime : .generalizedTime) {
      $0 += digits.dropFirst(isShort ? 2 : 0) + [UInt8(ascii: "Z")]
    }
  }

  /// What the certificate is for, a client's authentication, and the name by which Windows knows the user.
  private static func writeExtensions(principal: String, to der: inout DER.Serializer) throws {
    try der.sequence { der in
      try der.certificateExtension([2, 5, 29, 37]) { der in
        try der.serialize([1, 3, 6, 1, 5, 5, 7, 3, 2] as ASN1ObjectIdentifier)
      }
      try der.certificateExtension([2, 5, 29, 17]) { der in
        try der.explicit(0) { der in
          try der.serialize([1, 3, 6, 1, 4, 1, 311, 20, 2, 3] as ASN1ObjectIdentifier)
          try der.explicit(0) { try $0.serialize(ASN1UTF8String(principal)) }
        }
      }
    }
  }
}

/// The shapes that certificates and PKCS #12 files are made of.
extension DER {
  /// What a function writes.
  static func bytes(_ write: (inout Serializer) throws -> Void) throws -> [UInt8] {
    var serializer = Serializer()
    try write(&serializer)
    return serializer.serializedBytes
  }
}

extension DER.Serializer {
  mutating func sequence(_ write: (inout DER.Serializer) throws -> Void) rethrows {
    try appendConstructedNode(identifier: .sequence, write)
  }

  mutating func set(_ write: (inout DER.Serializer) throws -> Void) rethrows {
    try appendConstructedNode(identifier: .set, write)
  }

  /// A node inside a tag of the context's own.
  mutating func explicit(_ number: UInt, _ write: (inout DER.Serializer) throws -> Void) rethrows {
    try serialize(explicitlyTaggedWithTagNumber: number, tagClass: .contextSpecific, write)
  }

  /// An `AlgorithmIdentifier`: its name and its parameters.
  mutating func algorithm(
    _ name: ASN1ObjectIdentifier, _ parameters: (inout DER.Serializer) throws -> Void
  ) throws {
    try sequence { der in
      try der.serialize(name)
      try parameters(&der)
    }
  }

  mutating func octets(_ bytes: some Sequence<UInt8>) { appendPrimitiveNode(identifier: .octetString) { $0 += bytes } }

  /// An extension whose value is a sequence.
  fileprivate mutating func certificateExtension(
    _ name: ASN1ObjectIdentifier, _ write: (inout DER.Serializer) throws -> Void
  ) throws {
    let value = try DER.bytes { try $0.sequence(write) }
    try sequence { der in
      try der.serialize(name)
      der.octets(value)
    }
  }
}

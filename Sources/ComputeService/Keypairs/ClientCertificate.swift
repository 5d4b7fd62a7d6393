import CryptoExtras
import FoundationEssentials
import OpenStackAPI
import SwiftASN1
import X509

/// A self-signed certificate for client authentication in a user's name, as Nova makes for key pairs of type x509
/// (nova.crypto, `generate_winrm_x509_cert`).
struct ClientCertificate {
  /// The certificate in PEM.
  let pem: String
  /// The same in DER.
  let der: [UInt8]

  /// Ten years.
  private static let lifetime = Duration.seconds(3650 * 86_400)

  init(user: String, key: _RSA.Signing.PrivateKey, now: Timestamp) throws {
    let name = try DistinguishedName { CommonName(user) }
    let signer = Certificate.PrivateKey(key)
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: signer.publicKey,
      notValidBefore: Self.date(now), notValidAfter: Self.date(now + Self.lifetime), issuer: name, subject: name,
      signatureAlgorithm: .sha256WithRSAEncryption,
      extensions: Certificate.Extensions { try ExtendedKeyUsage([.clientAuth]) }, issuerPrivateKey: signer)
    var serializer = DER.Serializer()
    try serializer.serialize(certificate)
    der = serializer.serializedBytes
    pem = try certificate.serializeAsPEM().pemString + "\n"
  }

  private static func date(_ moment: Timestamp) -> Date { Date(timeIntervalSince1970: Double(moment.seconds)) }
}

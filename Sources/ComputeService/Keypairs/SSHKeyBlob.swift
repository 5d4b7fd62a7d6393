import Crypto

/// The blob inside an OpenSSH public key: fields with their lengths before them (RFC 4251 section 5).
struct SSHKeyBlob {
  private let fields: [ArraySlice<UInt8>]
  private let type: String

  init(_ blob: [UInt8], type: String) {
    self.type = type
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

  /// Whether the fields are a key of the type that both the line and the blob name, as pyca/cryptography reads them.
  var isValid: Bool {
    guard let first = fields.first, first.elementsEqual(type.utf8) else { return false }
    return switch type {
    case "ssh-rsa": isRSA
    case "ssh-dss": isDSA
    case "ssh-ed25519": fields.count == 2 && fields[1].count == 32
    case "ecdsa-sha2-nistp256": fields.count == 3 && isPoint("nistp256")
    case "ecdsa-sha2-nistp384": fields.count == 3 && isPoint("nistp384")
    case "ecdsa-sha2-nistp521": fields.count == 3 && isPoint("nistp521")
    case "sk-ssh-ed25519@openssh.com": fields.count == 3 && fields[1].count == 32 && isForSecurityKeys
    case "sk-ecdsa-sha2-nistp256@openssh.com": fields.count == 4 && isPoint("nistp256") && isForSecurityKeys
    default: false
    }
  }

  /// An odd exponent from 3 to below the modulus, however small that is.
  private var isRSA: Bool {
    guard fields.count == 3, let exponent = Self.digits(fields[1]), let modulus = Self.digits(fields[2]) else {
      return false
    }
    return exponent.last.map { $0 & 1 == 1 } == true && Self.isLess([2], exponent) && Self.isLess(exponent, modulus)
  }

  private var isDSA: Bool {
    guard fields.count == 5, let p = Self.digits(fields[1]), let q = Self.digits(fields[2]),
      let g = Self.digits(fields[3]), Self.digits(fields[4]) != nil
    else { return false }
    return Self.bits(p) == 1024 && [160, 224, 256].contains(Self.bits(q)) && Self.isLess([1], g) && Self.isLess(g, p)
  }

  /// Whether the second field names the curve and the third is an uncompressed point of it.
  private func isPoint(_ curve: String) -> Bool {
    guard fields[1].elementsEqual(curve.utf8), fields[2].first == 4 else { return false }
    return switch curve {
    case "nistp256": (try? P256.Signing.PublicKey(x963Representation: fields[2])) != nil
    case "nistp384": (try? P384.Signing.PublicKey(x963Representation: fields[2])) != nil
    default: (try? P521.Signing.PublicKey(x963Representation: fields[2])) != nil
    }
  }

  /// Security keys say at the end what they are for.
  private var isForSecurityKeys: Bool { fields.last?.starts(with: "ssh:".utf8) == true }

  /// The digits of a number, without zeros in front; `nil` for a negative one.
  private static func digits(_ number: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    number.first.map { $0 < 0x80 } == false ? nil : number.drop { $0 == 0 }
  }

  private static func bits(_ digits: ArraySlice<UInt8>) -> Int {
    digits.first.map { digits.count * 8 - $0.leadingZeroBitCount } ?? 0
  }

  private static func isLess(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
    a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
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

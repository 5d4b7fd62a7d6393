import Crypto
import HTTPServer
import OpenStackAPI

/// What a client signed with the secret of an EC2 credential, in the versions of Amazon's signatures that Keystone
/// checks (keystoneclient.contrib.ec2.utils.Ec2Signer). What that signer has no answer to has no signature here.
struct EC2Signature: Sendable {
  private let credentials: JSON
  private let parameters: JSONObject

  private static let algorithm = "AWS4-HMAC-SHA256"
  /// What the scope of a signature of version 4 ends in.
  private static let terminator = "aws4_request"

  /// Reads `credentials` of a request for a token.
  init(_ credentials: JSON) {
    self.credentials = credentials
    parameters = credentials["params"]?.object ?? JSONObject()
  }

  /// Whether the signature that came with the request is the right one, with the host as it is or without its port,
  /// which some clients leave out of what they sign.
  func isRight(secret: String) -> Bool {
    guard let given = credentials["signature"]?.text, !given.isEmpty else { return false }
    func isGiven(_ right: String?) -> Bool { right.map { ConstantTime.areEqual($0, given) } ?? false }
    return isGiven(signature(secret: secret)) || isGiven(signatureWithoutPort(secret: secret))
  }

  /// The right signature.
  func signature(secret: String) -> String? {
    signature(secret: secret, host: credentials["host"]?.pythonText)
  }

  /// The right signature of somebody who left the port out; `nil` where there is none to leave out.
  func signatureWithoutPort(secret: String) -> String? {
    guard let host = credentials["host"]?.text, host.utf8.contains(UInt8(ascii: ":")) else { return nil }
    return SignedHost.withoutPort(host).flatMap { signature(secret: secret, host: $0) }
  }

  private func signature(secret: String, host: String?) -> String? {
    switch parameters["SignatureVersion"]?.text {
    case "0": version0(secret)
    case "1": version1(secret)
    case "2": version2(secret, host: host)
    default: host.flatMap { _ in SignatureVersion4(credentials)?.signature(secret: secret) }
    }
  }

  private func version0(_ secret: String) -> String? {
    guard let action = parameters["Action"]?.text, let time = parameters["Timestamp"]?.text else { return nil }
    return Self.sha1(Array((action + time).utf8), secret)
  }

  private func version1(_ secret: String) -> String {
    let sorted = parameters.members.map { (lowered: $0.key.pythonLowercased, key: $0.key, value: $0.value) }
      .sorted { $0.lowered.utf8.lexicographicallyPrecedes($1.lowered.utf8) }
    return Self.sha1(sorted.flatMap { Array($0.key.utf8) + Array($0.value.pythonText.utf8) }, secret)
  }

  private func version2(_ secret: String, host: String?) -> String? {
    guard let host, let verb = credentials["verb"]?.pythonText, let path = credentials["path"]?.pythonText else {
      return nil
    }
    var parameters = parameters
    parameters["SignatureMethod"] = "HmacSHA256"
    let text = "\(verb)\n\(host)\n\(path)\n" + Self.query(parameters)
    return Base64.encoded(Self.sha256(Array(text.utf8), Array(secret.utf8)))
  }

  /// The parameters as Amazon has them signed, in the order of their names.
  fileprivate static func query(_ parameters: JSONObject) -> String {
    parameters.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      .map { "\($0.key.percentEncoded)=\($0.value.pythonText.percentEncoded)" }.joined(separator: "&")
  }

  private static func sha1(_ text: [UInt8], _ secret: String) -> String {
    let key = SymmetricKey(data: Array(secret.utf8))
    return Base64.encoded(Array(HMAC<Insecure.SHA1>.authenticationCode(for: text, using: key)))
  }

  private static func sha256(_ text: [UInt8], _ key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key)))
  }

  /// The signature of a text for a date, a region and a service.
  fileprivate static func version4(_ text: [UInt8], _ scope: ArraySlice<[UInt8]>, _ secret: String) -> String {
    let key = (scope + [Array(terminator.utf8)]).reduce(Array("AWS4\(secret)".utf8)) { sha256($1, $0) }
    return Identifiers.hex(sha256(text, key))
  }
}

extension EC2Signature {
  /// The signature of a text that S3 signs: the text says which version (keystone/api/s3tokens.py).
  static func s3(_ text: [UInt8], _ secret: String) -> String? {
    guard text.starts(with: "AWS4".utf8) else { return sha1(text, secret) }
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == 4, lines[0].elementsEqual(algorithm.utf8) else { return nil }
    let scope = lines[2].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
    guard scope.count == 4, scope[3].elementsEqual(terminator.utf8),
      ["s3", "iam", "sts"].contains(where: { scope[2].elementsEqual($0.utf8) })
    else { return nil }
    return version4(text, scope.prefix(3), secret)
  }

  /// The text that S3 signs, as a request for a token carries it: Base64 of either alphabet, read as Python reads it.
  static func s3Text(_ token: JSON) -> [UInt8]? {
    let standard = token.pythonText.utf8.map { byte in
      byte == UInt8(ascii: "-") ? UInt8(ascii: "+") : byte == UInt8(ascii: "_") ? UInt8(ascii: "/") : byte
    }
    return Base64.leniently(decoded: String(decoding: standard, as: UTF8.self))
  }
}

/// A request that is signed in version 4 (`Ec2Signer._calc_signature_4`).
private struct SignatureVersion4 {
  private let verb: String
  private let path: String
  private let bodyHash: String
  private let parameters: JSONObject
  private let headers: [(name: String, value: String)]
  private let authorization: String?

  private static let algorithm = "AWS4-HMAC-SHA256"

  init?(_ credentials: JSON) {
    guard let verb = credentials["verb"]?.text, let path = credentials["path"]?.text,
      let bodyHash = credentials["body_hash"]?.text, let parameters = credentials["params"]?.object,
      let members = credentials["headers"]?.object?.members
    else { return nil }
    headers = members.compactMap { name, value in value.text.map { (name, $0) } }
    guard headers.count == members.count else { return nil }
    (self.verb, self.path, self.bodyHash) = (verb.uppercased(), path, bodyHash)
    self.parameters = parameters
    authorization = headers.first { $0.name.utf8.elementsEqual("Authorization".utf8) }?.value
    let isSigned =
      authorization.map { $0.utf8.starts(with: Self.algorithm.utf8) }
      ?? (parameters["X-Amz-Algorithm"] == .string(Self.algorithm))
    guard isSigned else { return nil }
  }

  func signature(secret: String) -> String? {
    guard let signed = part("SignedHeaders"), let credential = part("Credential"), let date else { return nil }
    let scope = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
      .map { Array($0) }
    guard scope.count >= 3, date.utf8.starts(with: scope[0]) else { return nil }
    let query = verb.utf8.elementsEqual("POST".utf8) ? "" : EC2Signature.query(parameters)
    let request = [verb, path, query, lines(of: signed), signed, bodyHash].joined(separator: "\n")
    let digest = Identifiers.hex(Array(SHA256.hash(data: Array(request.utf8))))
    let shown = String(decoding: Array(scope.joined(separator: [UInt8(ascii: "/")])), as: UTF8.self)
    let text = [Self.algorithm, date, shown, digest].joined(separator: "\n")
    return EC2Signature.version4(Array(text.utf8), scope.prefix(3), secret)
  }

  private var date: String? {
    headers.first { $0.name.utf8.elementsEqual("X-Amz-Date".utf8) }?.value ?? parameters["X-Amz-Date"]?.text
  }

  /// What follows a name in the `Authorization` header up to the next comma, or the parameter that stands for it.
  private func part(_ name: String) -> String? {
    guard let authorization else { return parameters["X-Amz-" + name]?.text }
    let (text, mark) = (Array(authorization.utf8), Array((name + "=").utf8))
    guard let place = text.indices.first(where: { text[$0...].starts(with: mark) }) else { return "" }
    return String(decoding: text[(place + mark.count)...].prefix { $0 != UInt8(ascii: ",") }, as: UTF8.self)
  }

  /// The headers that are signed, each once for each time that it is named.
  private func lines(of signed: String) -> String {
    var lowered = JSONObject()
    for (name, value) in headers { lowered[name.pythonLowercased.trimmed] = .string(value.trimmed) }
    let withoutPort = lowered["user-agent"]?.text.map(Self.signsWithoutPort) ?? false
    let names = signed.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let lines = names.compactMap { part -> String? in
      let name = String(decoding: part, as: UTF8.self)
      guard let value = lowered[name]?.text else { return nil }
      guard withoutPort, name.utf8.elementsEqual("host".utf8) else { return "\(name):\(value)" }
      return "\(name):" + String(decoding: value.utf8.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether a user agent is one of Boto's that sign the host without its port, `Boto/2\.[0-9]\.[0-2]`.
  private static func signsWithoutPort(_ agent: String) -> Bool {
    let bytes = Array(agent.utf8.prefix(10))
    return bytes.count == 10 && bytes.starts(with: "Boto/2.".utf8) && (48...57).contains(bytes[7])
      && bytes[8] == UInt8(ascii: ".") && (48...50).contains(bytes[9])
  }
}

/// The host that a client says it signed.
private enum SignedHost {
  /// The host as Python's `urlsplit` finds it behind `//`; `nil` where that refuses it.
  static func withoutPort(_ text: String) -> String? {
    let whole = text.utf8.filter { ![9, 10, 13].contains($0) }
    let place = whole.prefix { !"/?#".utf8.contains($0) }
    let (opens, closes) = (place.contains(UInt8(ascii: "[")), place.contains(UInt8(ascii: "]")))
    guard opens == closes, !opens || isAddress(inBrackets(place)) else { return nil }
    let host = place.lastIndex(of: UInt8(ascii: "@")).map { place[($0 + 1)...] } ?? place[...]
    let name = host.contains(UInt8(ascii: "[")) ? inBrackets(host) : host.prefix { $0 != UInt8(ascii: ":") }
    // Python's `None`, as it is put into the text that is signed.
    guard !name.isEmpty else { return "None" }
    let zone = name.firstIndex(of: UInt8(ascii: "%")) ?? name.endIndex
    return String(decoding: name[..<zone], as: UTF8.self).pythonLowercased
      + String(decoding: name[zone...], as: UTF8.self)
  }

  private static func inBrackets(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    text.drop { $0 != UInt8(ascii: "[") }.dropFirst().prefix { $0 != UInt8(ascii: "]") }
  }

  /// Whether brackets may be around a text: an IPv6 address, perhaps with a zone, or an address of a later version.
  private static func isAddress(_ text: ArraySlice<UInt8>) -> Bool {
    if text.first == UInt8(ascii: "v") {
      let digits = text.dropFirst().prefix { $0 != UInt8(ascii: ".") }
      let isHex = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
      let rest = text.dropFirst(digits.count + 1)
      return !digits.isEmpty && isHex && rest.count > 1 && !rest.contains(10)
    }
    let (address, zone) = (text.prefix { $0 != UInt8(ascii: "%") }, text.drop { $0 != UInt8(ascii: "%") })
    let isZone = zone.isEmpty || zone.count > 1 && !zone.dropFirst().contains(UInt8(ascii: "%"))
    return isZone && address.contains(UInt8(ascii: ":")) && IPAddress(String(decoding: address, as: UTF8.self)) != nil
  }
}

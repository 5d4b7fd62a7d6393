import Crypto
import OpenStackAPI

/// What a client signed with the secret of an EC2 credential, in the versions of Amazon's signatures that Keystone
/// checks (keystoneclient.contrib.ec2.utils.Ec2Signer).
struct EC2Signature: Sendable {
  let verb: String
  let host: String
  let path: String
  let bodyHash: String
  private let parameters: [String: String]
  private let headers: [String: String]

  private static let algorithm = "AWS4-HMAC-SHA256"

  /// Reads `credentials` of a request for a token.
  init(_ credentials: JSON, host: String) {
    func texts(_ name: String) -> [String: String] {
      let members = credentials[name]?.object?.members ?? []
      return Dictionary(members.map { ($0.key, $0.value.pythonText) }) { _, last in last }
    }
    verb = credentials["verb"]?.text ?? ""
    path = credentials["path"]?.text ?? ""
    bodyHash = credentials["body_hash"]?.text ?? ""
    (self.host, parameters, headers) = (host, texts("params"), texts("headers"))
  }

  /// The right signature; `nil` for a request of no known version.
  func signature(secret: String) -> String? {
    switch parameters["SignatureVersion"] {
    case "0": Self.sha1((parameters["Action"] ?? "") + (parameters["Timestamp"] ?? ""), secret)
    case "1":
      Self.sha1(
        parameters.sorted { $0.key.lowercased() < $1.key.lowercased() }.map { $0.key + $0.value }.joined(), secret)
    case "2": version2(secret)
    default: isVersion4 ? version4(secret) : nil
    }
  }

  /// The signature that S3's first version has.
  static func sha1(_ text: String, _ secret: String) -> String {
    let key = SymmetricKey(data: Array(secret.utf8))
    let code = HMAC<Insecure.SHA1>.authenticationCode(for: Array(text.utf8), using: key)
    return Base64.encoded(Array(code))
  }

  private static func sha256(_ text: String, _ key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
  }

  private func version2(_ secret: String) -> String {
    var parameters = parameters
    parameters["SignatureMethod"] = "HmacSHA256"
    let text = "\(verb)\n\(host)\n\(path)\n" + Self.query(parameters)
    return Base64.encoded(Self.sha256(text, Array(secret.utf8)))
  }

  private static func query(_ parameters: [String: String]) -> String {
    parameters.sorted { $0.key < $1.key }.map { "\($0.key.percentEncoded)=\($0.value.percentEncoded)" }
      .joined(separator: "&")
  }

  private var isVersion4: Bool {
    headers["Authorization"].map { $0.hasPrefix(Self.algorithm) }
      ?? (parameters["X-Amz-Algorithm"] == Self.algorithm)
  }

  /// A part of the `Authorization` header, or the parameter that stands for it.
  private func part(_ name: String) -> String {
    guard let header = headers["Authorization"] else { return parameters["X-Amz-" + name] ?? "" }
    let parts = header.dropFirst(Self.algorithm.count).split(separator: ",").map { $0.drop { $0 == " " } }
    return parts.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) } ?? ""
  }

  private func version4(_ secret: String) -> String? {
    let scope = part("Credential").split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    let date = headers["X-Amz-Date"] ?? parameters["X-Amz-Date"] ?? ""
    guard scope.count == 4, date.hasPrefix(scope[0]) else { return nil }
    var unsigned = parameters
    unsigned["X-Amz-Signature"] = nil
    let request = [
      verb.uppercased(), path, verb.uppercased() == "POST" ? "" : Self.query(unsigned), signedHeaders,
      part("SignedHeaders"), bodyHash,
    ].joined(separator: "\n")
    let digest = Identifiers.hex(Array(SHA256.hash(data: Array(request.utf8))))
    let text = [Self.algorithm, date, scope.joined(separator: "/"), digest].joined(separator: "\n")
    return Self.version4(text, scope: scope, secret)
  }

  private var signedHeaders: String {
    let lowered = Dictionary(headers.map { ($0.key.lowercased(), $0.value) }) { _, last in last }
    let lines = part("SignedHeaders").split(separator: ";").compactMap { name in
      lowered[String(name)].map { "\(name):\($0.trimmed)\n" }
    }
    return lines.joined()
  }

  /// The signature of a text for a scope of date, region, service and `aws4_request`.
  private static func version4(_ text: String, scope: [String], _ secret: String) -> String {
    let key = scope.reduce(Array("AWS4\(secret)".utf8)) { sha256($1, $0) }
    return Identifiers.hex(sha256(text, key))
  }

  /// The signature of a text that S3 signs: the text says which version (keystone/api/s3tokens.py).
  static func s3(_ text: String, _ secret: String) -> String? {
    guard text.hasPrefix("AWS4") else { return sha1(text, secret) }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count == 4, lines[0] == algorithm else { return nil }
    let scope = lines[2].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard scope.count == 4, scope[3] == "aws4_request", ["s3", "iam", "sts"].contains(scope[2]) else { return nil }
    return version4(text, scope: scope, secret)
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}

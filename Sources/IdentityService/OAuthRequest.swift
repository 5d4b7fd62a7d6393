import Crypto
import OpenStackAPI

/// A request signed by the rules of OAuth 1.0 (RFC 5849), its parameters in the `Authorization` header.
struct OAuthRequest: Sendable {
  /// How far the clocks of the two sides may differ (oauthlib, `timestamp_lifetime`).
  private static let tolerance = 600

  private let parameters: [(name: String, value: String)]
  /// The addresses that the request may have been signed for: the service's own and that at the root. Clients sign the
  /// address they log in at, and ask the catalog's.
  private let addresses: [String]
  private let query: QueryParameters

  /// Reads the header; one that is missing or of another scheme has no parameters.
  init(_ exchange: Exchange) {
    let header = exchange.request.headers["Authorization"] ?? ""
    parameters = header.lowercased().hasPrefix("oauth ") ? Self.parameters(header.dropFirst(6)) : []
    query = QueryParameters(parsing: exchange.request.query)
    let path = exchange.segments.filter { !$0.isEmpty }.map { "/" + $0.percentEncoded }.joined()
    addresses = [exchange.origin + IdentityService.mount, exchange.origin].map { Self.normalized($0) + path }
  }

  private static func parameters(_ text: Substring) -> [(name: String, value: String)] {
    text.split(separator: ",").compactMap { part in
      let halves = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard halves.count == 2, halves[1].hasPrefix("\""), halves[1].hasSuffix("\""), halves[1].count > 1 else {
        return nil
      }
      return (String(halves[0]).percentDecoded(), String(halves[1].dropFirst().dropLast()).percentDecoded())
    }
  }

  /// Without the port that the scheme implies (RFC 5849, 3.4.1.2).
  private static func normalized(_ address: String) -> String {
    for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where address.hasPrefix(scheme) {
      let rest = address.dropFirst(scheme.count)
      let host = rest.prefix { $0 != "/" }
      guard host.hasSuffix(port) else { return scheme + host.lowercased() + rest.dropFirst(host.count) }
      return scheme + host.dropLast(port.count).lowercased() + rest.dropFirst(host.count)
    }
    return address
  }

  /// A parameter that is not empty.
  subscript(_ name: String) -> String? {
    parameters.last { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// Refuses a request that oauthlib does not take for one, in its words.
  func refuseIncomplete(at now: Timestamp) throws {
    let mandatory = ["signature", "consumer_key", "nonce", "timestamp", "signature_method"]
    guard mandatory.allSatisfy({ self["oauth_" + $0] != nil }) else {
      throw Self.invalid("Missing mandatory OAuth parameters.")
    }
    if let version = self["oauth_version"], version != "1.0" { throw Self.invalid("Invalid OAuth version.") }
    guard let text = self["oauth_timestamp"], text.utf8.count == 10 else {
      throw Self.invalid("Invalid timestamp size")
    }
    guard let seconds = Int(text) else { throw Self.invalid("Timestamp must be an integer.") }
    guard abs(now.seconds - seconds) <= Self.tolerance else {
      throw Self.invalid("Timestamp given is invalid, differ from allowed by over \(Self.tolerance) seconds.")
    }
  }

  /// keystone.oauth1.core.validate_oauth_params.
  static func invalid(_ what: String) -> Fault {
    .badRequest("Validation failed with errors: invalid_request, detail message is: \(what).")
  }

  /// Whether the signature is that of who knows both secrets.
  func isSigned(consumerSecret: String, tokenSecret: String) -> Bool {
    let key = consumerSecret.percentEncoded + "&" + tokenSecret.percentEncoded
    guard let signature = self["oauth_signature"], let method = self["oauth_signature_method"] else { return false }
    let bytes = Array(signature.utf8)
    guard method != "PLAINTEXT" else { return ConstantTime.areEqual(bytes, Array(key.utf8)) }
    guard let given = Base64.standard.decode(signature) else { return false }
    let secret = SymmetricKey(data: Array(key.utf8))
    return addresses.contains { address in
      let message = Array(signedText(for: address).utf8)
      return switch method {
      case "HMAC-SHA1": HMAC<Insecure.SHA1>.isValidAuthenticationCode(given, authenticating: message, using: secret)
      case "HMAC-SHA256": HMAC<SHA256>.isValidAuthenticationCode(given, authenticating: message, using: secret)
      case "HMAC-SHA512": HMAC<SHA512>.isValidAuthenticationCode(given, authenticating: message, using: secret)
      default: false
      }
    }
  }

  /// What is signed (RFC 5849, 3.4.1): the method, the address and all parameters, sorted.
  private func signedText(for address: String) -> String {
    let signed = parameters.filter { $0.name != "oauth_signature" && $0.name != "realm" } + query.pairs
    let pairs = signed.map { (name: $0.name.percentEncoded, value: $0.value.percentEncoded) }
      .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    let text = pairs.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    return "POST&\(address.percentEncoded)&\(text.percentEncoded)"
  }
}

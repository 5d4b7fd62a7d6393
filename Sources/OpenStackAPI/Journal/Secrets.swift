import HTTPServer

extension HTTPRequest {
  /// Path and query as logs may show them.
  public var targetWithoutSecrets: String { Secrets.hidden(path: path, query: query) }
}

/// What logs and journals show of an address. What bodies and refusals hold of secrets, `SecretValues` finds by value.
public enum Secrets {
  /// What stands in the place of a secret, as in the clients' own logs (oslo.utils, `mask_dict_password`).
  static let mask = "***"

  /// Path and query, without what must stay secret: a query that names a secret or holds a token, and a token in the
  /// path (`/v2.0/tokens/<id>`, `/os-console-auth-tokens/<id>`). What is logged stays percent-encoded, on one line.
  public static func hidden(path: String, query: String?) -> String {
    let path = withoutTokens(path)
    guard let query else { return path }
    return isSecret(query) ? path + "?..." : "\(path)?\(query)"
  }

  /// A body without its secrets.
  public static func hidden(_ body: JSON) -> JSON {
    var secrets = SecretValues()
    secrets.add(in: body)
    return secrets.hidden(body)
  }

  /// How the tokens of a cloud begin: the version of Fernet, and the first bytes of a time before the year 2106.
  static let token = Array("gAAAA".utf8)
  private static let tokens = Array("tokens/".utf8)

  private static let words = [
    "token", "secret", "pass", "signature", "sig=", "credential", "code=", "private_key", "blob", "user_data",
  ].map { Array($0.utf8) }

  private static func isSecret(_ query: String) -> Bool {
    let text = query.percentDecoded()
    guard !text.holds(token) else { return true }
    let lowered = text.lowercased()
    return words.contains { lowered.holds($0) }
  }

  private static func withoutTokens(_ path: String) -> String {
    let end = path.offset(of: tokens).map { $0 + tokens.count } ?? path.offset(of: token)
    if let end { return String(decoding: path.utf8.prefix(end), as: UTF8.self) + "..." }
    guard path.holds([UInt8(ascii: "%")]) else { return path }
    let decoded = path.percentDecoded()
    return decoded.holds(tokens) || decoded.holds(token) ? "/..." : path
  }
}

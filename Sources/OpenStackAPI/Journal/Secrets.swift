import HTTPServer

extension HTTPRequest {
  /// Path and query as logs may show them.
  public var targetWithoutSecrets: String { Secrets.hidden(path: path, query: query) }
}

/// What must stay secret in logs and journals.
public enum Secrets {
  /// Path and query, without what must stay secret: a query that names a secret, and a token in the path
  /// (`/v2.0/tokens/<id>`, `/os-console-auth-tokens/<id>`). What is logged stays percent-encoded, on one line.
  public static func hidden(path: String, query: String?) -> String {
    let path = withoutTokens(path)
    guard let query else { return path }
    return isSecret(query) ? path + "?..." : "\(path)?\(query)"
  }

  private static let words = ["token", "secret", "passw", "signature", "sig=", "credential", "code="]

  private static func isSecret(_ query: String) -> Bool {
    let text = query.percentDecoded().lowercased()
    return words.contains { text.contains($0) }
  }

  private static func withoutTokens(_ path: String) -> String {
    if let tokens = path.firstRange(of: "tokens/") { return path[..<tokens.upperBound] + "..." }
    return path.percentDecoded().contains("tokens/") ? "/..." : path
  }

  /// A body without passwords, tokens and keys, which become `***` as in the clients' own logs (oslo.utils,
  /// `mask_dict_password`), nor what servers are started with.
  public static func hidden(_ body: JSON) -> JSON { hidden(body, under: "") }

  private static let members: Set<String> = [
    "password", "original_password", "adminpass", "admin_pass", "admin_password", "new_pass", "auth_token", "token",
    "secret", "blob", "private_key", "user_data", "passcode", "signature", "access", "totp_secret", "contents",
  ]

  private static func hidden(_ value: JSON, under name: String) -> JSON {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { member in
            // Both of Keystone's APIs write a token's id as the member `id` of `token`.
            let isToken = name == "token" && member.key == "id"
            return (member.key, isToken ? "***" : hidden(member.value, under: member.key))
          }))
    case .array(let elements): .array(elements.map { hidden($0, under: name) })
    case .string where members.contains(name.lowercased()) || name.lowercased().hasSuffix("password"): "***"
    default: value
    }
  }
}

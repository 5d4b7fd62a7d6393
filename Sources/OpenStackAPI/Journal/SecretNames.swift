/// The members of bodies that hold secrets, in requests and answers of all services: the one list of them.
enum SecretNames {
  /// What a member holds.
  enum Holding {
    /// Nothing secret by its name.
    case plain
    /// Secrets only, however deep, and of whatever type.
    case secrets
    /// A secret, unless it is an object, which says itself which of its members are.
    case secretOrObject
  }

  private static let secrets: Set<String> = [
    "adminpass", "admin_pass", "new_pass", "auth_token", "authorization", "private_key", "user_data", "passcode",
    "passphrase", "signature", "blob", "totp_secret", "contents", "oauth_verifier", "oauth_signature", "csrf",
    "csrftoken", "csrfmiddlewaretoken",
  ]
  private static let secretsOrObjects: Set<String> = [
    "token", "access", "access_token", "x-auth-token", "x-subject-token",
  ]
  private static let endings = ["password", "secret", "-signature"]

  /// What the member `name` of the member `parent` holds.
  static func holding(_ name: String, in parent: String, _ value: JSON) -> Holding {
    let name = name.lowercased()
    // Both of Keystone's APIs write a token's id as the member `id` of `token`.
    if name == "id", parent == "token" { return .secrets }
    // A proof of Keystone's is called as what it proves with, and holds who proves it.
    if name == "password", value["user"] != nil { return .plain }
    if secrets.contains(name) || endings.contains(where: { name.utf8.suffix($0.utf8.count).elementsEqual($0.utf8) }) {
      return .secrets
    }
    return secretsOrObjects.contains(name) ? .secretOrObject : .plain
  }
}

extension JSON {
  /// The value with all that is secret by its place handed to `hide`, which says what stands there instead.
  func replacingSecrets(_ hide: (JSON) -> JSON, others: (String) -> String) -> JSON {
    replacingSecrets(under: "", isSecret: false, hide, others)
  }

  private func replacingSecrets(
    under name: String, isSecret: Bool, _ hide: (JSON) -> JSON, _ others: (String) -> String
  ) -> JSON {
    switch self {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { key, value in
            let isSecret = isSecret || value.isSecret(called: key, in: name)
            return (key, value.replacingSecrets(under: key.lowercased(), isSecret: isSecret, hide, others))
          }))
    case .array(let elements):
      .array(elements.map { $0.replacingSecrets(under: name, isSecret: isSecret, hide, others) })
    case .null: .null
    case .string(let text) where !isSecret: .string(others(text))
    default: isSecret ? hide(self) : self
    }
  }

  /// The value with all its texts changed, whatever they are called.
  func mappingTexts(_ change: (String) -> String) -> JSON {
    switch self {
    case .object(let object): .object(JSONObject(object.members.map { ($0.key, $0.value.mappingTexts(change)) }))
    case .array(let elements): .array(elements.map { $0.mappingTexts(change) })
    case .string(let text): .string(change(text))
    default: self
    }
  }

  private func isSecret(called name: String, in parent: String) -> Bool {
    switch SecretNames.holding(name, in: parent, self) {
    case .plain: false
    case .secrets: true
    case .secretOrObject: object == nil
    }
  }
}

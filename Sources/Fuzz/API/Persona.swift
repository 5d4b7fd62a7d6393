import OpenStackAPI

/// Who calls.
struct Persona {
  /// A proof, and what the token shall be for: the body of `POST /v3/auth/tokens`.
  let login: JSON
  let name: String
  var token = ""
  /// What the caller calls its own, by kind.
  var own: [String: String] = [:]

  init(_ name: String, login: JSON) { (self.name, self.login) = (name, login) }

  /// Somebody with a project of the default domain.
  init(_ name: String, user: String, project: String) {
    self.init(name, login: Self.password(user, Self.project(project)))
  }

  func id(of kind: String) -> String? { kind == "token" ? token : own[kind] }

  /// Takes over what the answer to the login says.
  mutating func adopt(_ answer: WireAnswer, _ token: JSON) {
    self.token = answer["x-subject-token"] ?? ""
    for (kind, member) in [("user", "user"), ("project", "project"), ("domain", "domain")] {
      if let id = token[member]?["id"]?.text { own[kind] = id }
    }
    own["domain"] = own["domain"] ?? token["user"]?["domain"]?["id"]?.text
  }

  private static func password(_ user: String, in domain: String = "default", _ scope: JSON?) -> JSON {
    var auth = JSONObject([
      (
        "identity",
        [
          "methods": ["password"],
          "password": ["user": ["name": .string(user), "domain": ["id": .string(domain)], "password": "secret"]],
        ] as JSON
      )
    ])
    auth["scope"] = scope
    return ["auth": .object(auth)]
  }

  private static func project(_ name: String) -> JSON {
    ["project": ["name": .string(name), "domain": ["id": "default"]]]
  }

  /// Those who can log in by what `Surroundings` seeds. The first ones may do most.
  static let all = [
    Persona("admin", user: "admin", project: "admin"),
    Persona("system admin", login: password("admin", ["system": ["all": true]])),
    Persona("member", user: "demo", project: "demo"),
    Persona("domain admin", login: password("lady", in: "elsewhere", ["domain": ["id": "elsewhere"]])),
    Persona("service", user: "nova", project: "service"),
    Persona("manager", user: "manager", project: "demo"),
    Persona("reader", user: "reader", project: "demo"),
    Persona("system reader", login: password("auditor", ["system": ["all": true]])),
    Persona("member of another project", user: "other", project: "other"),
    Persona("admin of a domain", login: password("admin", ["domain": ["id": "default"]])),
    Persona("unscoped", login: password("demo", ["unscoped": [:]])),
  ]
}

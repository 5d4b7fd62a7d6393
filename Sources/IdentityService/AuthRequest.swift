import OpenStackAPI

/// The body of `POST /v3/auth/tokens`: how the caller proves who he is, and what the token shall be for.
struct AuthRequest: Sendable {
  /// A domain by id or by name.
  struct DomainReference: Sendable {
    let id: String?
    let name: String?
  }

  /// A user or a project by id, or by name and domain.
  struct Reference: Sendable {
    let id: String?
    var name: String?
    var domain: DomainReference?
  }

  /// An application credential by id, or by name and user.
  struct CredentialReference: Sendable {
    let id: String?
    var name: String?
    var user: Reference?
  }

  /// One proof.
  enum Proof: Sendable {
    case password(Reference, password: String?)
    case token(String)
    case totp(Reference, passcode: String?)
    case applicationCredential(CredentialReference, secret: String?)
    /// The request itself is signed.
    case oauth1
  }

  /// What the token shall be for.
  enum Scope: Sendable {
    /// Nothing is said: the user's default project, if there is one.
    case unspecified
    case unscoped
    case project(Reference)
    case domain(DomainReference)
    case system
    case trust(String)
  }

  let proofs: [Proof]
  let scope: Scope

  /// Reads a body. What is missing or of the wrong kind is refused in Keystone's words and order: the schema, then the
  /// methods, then the scope, then what the methods say (keystone/auth/schema.py, core.py, plugins/core.py).
  init(_ body: JSON) throws {
    guard body.isNull || body.object != nil else { throw Fault.expecting("valid JSON", in: "request body") }
    guard let auth = body["auth"], !auth.isNull else { throw Fault.expecting("auth", in: "request body") }
    try Self.checkSchema(auth)
    guard let identity = auth["identity"] else { throw Fault.expecting("identity", in: "auth") }
    let methods = Self.methods(identity)
    for name in methods where identity[name] == nil { throw Fault.expecting(name, in: "identity") }
    for name in methods where !AuthMethods.supported.contains(name) { throw Fault.unsupportedAuthMethod }
    if methods.contains("application_credential"), auth["scope"] != nil { throw Fault.scopedApplicationCredential }
    scope = try Self.scope(auth["scope"])
    proofs = try methods.map { try Self.proof($0, identity[$0] ?? .null) }
  }

  private static func methods(_ identity: JSON) -> [String] {
    (identity["methods"]?.array ?? []).compactMap(\.text).uniqued
  }

  private static func proof(_ method: String, _ payload: JSON) throws -> Proof {
    switch method {
    case "password": return .password(try user(payload, method), password: payload["user"]?["password"]?.text)
    case "totp": return .totp(try user(payload, method), passcode: payload["user"]?["passcode"]?.pythonText)
    case "application_credential":
      return .applicationCredential(try credential(payload), secret: payload["secret"]?.text)
    case "oauth1": return .oauth1
    default:
      guard let id = payload["id"]?.text else { throw Fault.expecting("id", in: "token") }
      return .token(id)
    }
  }

  private static func user(_ payload: JSON, _ method: String) throws -> Reference {
    guard let user = payload["user"] else { throw Fault.expecting("user", in: method) }
    let reference = reference(user)
    guard reference.id != nil || reference.name != nil else { throw Fault.expecting("id or name", in: "user") }
    if reference.name != nil, reference.domain == nil { throw Fault.expecting("domain", in: "user") }
    return reference
  }

  private static func credential(_ payload: JSON) throws -> CredentialReference {
    if let id = text(payload["id"]) { return CredentialReference(id: id) }
    guard let name = text(payload["name"]) else {
      throw Fault.expecting("name or ID", in: "application credential")
    }
    guard payload["user"]?.object?.members.isEmpty == false else {
      throw Fault.expecting("user", in: "application credential")
    }
    return CredentialReference(id: nil, name: name, user: try user(payload, "application credential"))
  }

  private static func scope(_ scope: JSON?) throws -> Scope {
    guard let scope else { return .unspecified }
    if scope.text == "unscoped" { return .unscoped }
    let kinds = ["project", "domain", "unscoped", "system", "OS-TRUST:trust"].filter { scope[$0] != nil }
    guard kinds.count == 1, let kind = kinds.first, let value = scope[kind] else {
      throw Fault.expecting("system, project, domain, OS-TRUST:trust or unscoped", in: "scope")
    }
    switch kind {
    case "system": return .system
    case "unscoped": return .unscoped
    case "domain": return .domain(domain(value))
    case "project":
      let project = reference(value)
      if project.name != nil, project.domain == nil { throw Fault.expecting("domain", in: "project") }
      return .project(project)
    default:
      guard let id = text(value["id"]) else { throw Fault.expecting("trust_id", in: "trust") }
      return .trust(id)
    }
  }

  /// An empty text counts as nothing, as it does in Python.
  private static func text(_ value: JSON?) -> String? { value?.text.flatMap { $0.isEmpty ? nil : $0 } }

  private static func domain(_ value: JSON) -> DomainReference {
    DomainReference(id: text(value["id"]), name: text(value["name"]))
  }

  private static func reference(_ value: JSON) -> Reference {
    Reference(id: text(value["id"]), name: text(value["name"]), domain: value["domain"].map(domain))
  }
}

extension AuthRequest {
  private static let domainSchema = Schema.object([.string("id"), .string("name")], additional: .allowed)
  private static let named: [Property] = [.string("id"), .string("name"), Property("domain", domainSchema)]
  private static let passwordSchema = Schema.object(
    [Property("user", .object(named + [.string("password")], additional: .allowed))], additional: .allowed)

  private static let identitySchema = Schema.object(
    [
      Property("methods", .array(.string()), .required),
      Property("password", passwordSchema),
      Property("token", .object([Property("id", .string(), .required)], additional: .allowed)),
    ], additional: .allowed)

  private static let scopeSchema = Schema { value, version in
    if value.text != nil { return nil }
    guard value.object != nil else {
      return Violation(value, "\(value.pythonRepresentation) is not of type 'object', 'string'")
    }
    return Schema.object(
      [
        Property("project", .object(named, additional: .allowed)), Property("domain", domainSchema),
        Property("OS-TRUST:trust", .object([.string("id")], additional: .allowed)),
      ], additional: .allowed
    ).check(value, version)
  }

  private static let schema = Schema.object(
    [Property("identity", identitySchema, .required), Property("scope", scopeSchema)], additional: .allowed)

  /// keystone/auth/schema.py. Keystone adds the whole schema to its message; the first line says what is wrong.
  private static func checkSchema(_ auth: JSON) throws {
    if let violation = schema.check(auth, Version(3, 0)) {
      guard !violation.path.isEmpty else { throw Fault.badRequest(violation.detail) }
      throw Fault.badRequest(
        "Invalid input for field '\(violation.path.joined(separator: "/"))': \(violation.detail)")
    }
    try refuseNameless(auth, ["identity", "password", "user"])
    try refuseNameless(auth, ["identity", "password", "user", "domain"])
    try refuseNameless(auth, ["scope", "project"])
    try refuseNameless(auth, ["scope", "project", "domain"])
    try refuseNameless(auth, ["scope", "domain"])
  }

  private static func refuseNameless(_ auth: JSON, _ path: [String]) throws {
    var value: JSON? = auth
    for name in path { value = value?[name] }
    guard let value, value["id"] == nil, value["name"] == nil else { return }
    throw Fault.badRequest("Invalid input for field \(path.joined(separator: "/")): id or name must be present.")
  }
}

extension Fault {
  /// keystone.exception.AuthMethodNotSupported; the body lists those that are.
  fileprivate static let unsupportedAuthMethod = Fault(
    401, "Attempted to authenticate with an unsupported method.", reason: .authentication,
    type: KeystoneDialect.methodFault)

  /// keystone.exception.ApplicationCredentialAuthError.
  fileprivate static let scopedApplicationCredential = Fault(
    401,
    "Error authenticating with application credential: Application credentials cannot request a scope.",
    reason: .authentication, type: KeystoneDialect.pluginFault)
}

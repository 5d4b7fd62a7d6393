import OpenStackAPI
import Persistence

/// What a request says of a user, and what becomes of it: the rules of Keystone's manager (keystone.identity.core). The
/// password is hashed before rows are touched.
struct UserChange: Sendable {
  private let input: JSON
  private let world: World
  private let values: RowValues
  private let compliance: SecurityCompliance

  /// What a body says that has the right form.
  init(_ input: JSON, in world: World) {
    (self.input, self.world, compliance) = (input, world, .of(world))
    var values = User.attributes.values(of: input)
    if let name = values.text("name") { values["name"] = name.pythonStripped }
    self.values = values
  }

  /// A new user; one that names no domain belongs to `home`.
  ///
  /// `completing` is carried out in the same transaction.
  func create(
    in home: String, completing: @escaping @Sendable (User, Connection) throws -> Void = { _, _ in }
  ) async throws -> User {
    if let password = input["password"] { try compliance.refuseWeak(password) }
    let id = world.identifiers.hex()
    var values = values
    let domain = values.text("domain_id") ?? home
    values["domain_id"] = domain
    values["id"] = id
    values["created_at"] = world.now.microseconds
    return try await world.knowingPasswords { [values, self] findings in
      let hash = try hash(findings)
      return try await world.write { db in
        _ = try Domain.existing(domain, where: Domain.isDomain, db)
        try refuseReferences(db)
        let user = try User.insert(values, db)
        try FederatedUser.set(input["federated"], of: id, db)
        if let hash { try set(hash, of: user, db) }
        try completing(user, db)
        return try User.existing(id, db)
      }
    }
  }

  /// The user of an id as it is after the change. Disabling and a new password end all tokens.
  ///
  /// `completing` is carried out in the same transaction, with the user before and after.
  func apply(
    to id: String, completing: @escaping @Sendable (User, User, Connection) throws -> Void = { _, _, _ in }
  ) async throws -> User {
    if let password = input["password"] { try compliance.refuseWeak(password) }
    return try await world.knowingPasswords { findings in
      let hash = try hash(findings)
      return try await world.write { [self] db in
        let old = try User.existing(id, db)
        try refuseReferences(db)
        let new = try User.change(id, values, db)
        try FederatedUser.set(input["federated"], of: id, db)
        if let hash { try set(hash, of: new, db) }
        let isDisabled = input["enabled"] != nil && !new.isEnabled(in: world) && old.isEnabled(in: world)
        if isDisabled || input["password"]?.text != nil { try User.endTokens(of: id, db) }
        try noteEnabled(new, db)
        try completing(old, new, db)
        return try User.existing(id, db)
      }
    }
  }

  /// The stored text of the password: none where the request names none, an empty one that nothing matches for `null`.
  private func hash(_ findings: PasswordFindings) throws -> String? {
    guard let password = input["password"] else { return nil }
    guard let text = password.text else { return "" }
    return try findings.hash(of: text)
  }

  private func set(_ hash: String, of user: User, _ db: Connection) throws {
    let end = compliance.end(ofPasswordSetAt: world.now, byOwner: false, UserOptions(user.options))
    try StoredPassword.set(
      hash, of: user.id, byOwner: false, until: end, keep: compliance.uniqueCount, at: world.now, db)
  }

  /// Any change by an administrator unlocks an account that is enabled; one that is away too long must be enabled anew
  /// (sql_model.User.enabled).
  private func noteEnabled(_ user: User, _ db: Connection) throws {
    guard compliance.lockoutAttempts != nil || compliance.inactiveDays != nil else { return }
    let isEnabled = values["enabled"].map { $0.sqlValue == .integer(1) } ?? user.isEnabled(in: world)
    if isEnabled { try Account.reset(user.id, activeOn: world.now.day, db) }
  }
}

extension UserChange {
  /// Refuses another id, and another domain.
  func refuseMoving(_ user: User) throws {
    if let id = input["id"], !id.isNull, id.text != user.id { throw Fault.badRequest("Cannot change ID") }
    if let domain = input["domain_id"], domain.text != user.domainID {
      throw Fault.badRequest("Cannot change Domain ID")
    }
  }

  private func refuseReferences(_ db: Connection) throws {
    if let id = values.text("default_project_id"), try Domain.find(id, where: Domain.isDomain, db) != nil {
      throw Fault.badRequest("User's default project ID cannot be a domain ID: \(id)")
    }
  }
}

/// `password_expires_at=lt:2016-12-08T22:02:00Z`.
///
/// Source: Identity API v3, "List users"; keystone.identity.core, `_translate_expired_password_hints`.
enum PasswordEndFilter {
  private static let operators = ["lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "=", "neq": "<>"]

  /// The condition on users; all their passwords count, also those before the last.
  static func condition(_ query: QueryParameters) throws -> Condition? {
    guard let text = query["password_expires_at"] else { return nil }
    let hasOperator = text.dropFirst(2).prefix(2).contains(":")
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (name, moment) = hasOperator && parts.count == 2 ? (parts[0], parts[1]) : ("eq", text)
    guard let time = Timestamp(iso8601: moment) else {
      throw Fault.badRequest(
        "Timestamp not in expected format. The server could not comply with the request since it is either malformed "
          + "or otherwise incorrect. The client is assumed to be in error.")
    }
    guard let comparison = operators[name] else {
      throw Fault.badRequest(
        "The given operator \(name) is not valid. It must be one of the following: 'eq', 'neq', 'lt', 'lte', 'gt', or "
          + "'gte'.")
    }
    return Condition(
      "EXISTS (SELECT 1 FROM passwords WHERE user_id = users.id AND expires_at \(comparison) ?)", time.microseconds)
  }
}

extension String {
  /// The text without white space at its ends, as Python's `strip` leaves it.
  var pythonStripped: String {
    var scalars = Substring(self).unicodeScalars
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return String(scalars)
  }
}

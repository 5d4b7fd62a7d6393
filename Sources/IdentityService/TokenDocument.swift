import OpenStackAPI

/// `{"token": {...}}`, its members in Keystone's order (keystone/common/render_token.py).
struct TokenDocument {
  let token: ValidToken
  let catalog: Catalog
  let call: Call

  func response() -> Response {
    .json { json in json.object("token") { json in write(to: &json) } }
  }

  private func write(to json: inout JSONWriter) {
    json.member("methods", token.token.methods.names)
    json.object("user") { json in writeUser(to: &json) }
    json.member("audit_ids", token.token.auditIDs)
    json.member("expires_at", token.token.expiresAt.text(.microsecondsZ))
    json.member("issued_at", token.token.issuedAt.text(.microsecondsZ))
    writeScope(to: &json)
    token.grant?.write(to: &json)
    if token.token.scope != .unscoped, call.query["nocatalog"] == nil {
      json.key("catalog")
      catalog.write(
        to: &json, at: call.exchange.serviceAddresses, projectID: token.authorization.projectID,
        userID: token.authorization.user.id)
    }
    catalog.writeServiceProviders(to: &json)
  }

  private func writeUser(to json: inout JSONWriter) {
    json.object("domain") { json in json.members(of: token.authorization.userDomain) }
    json.members(of: token.authorization.user)
    json.member("password_expires_at", token.passwordExpiresAt?.text(.microseconds))
  }

  private func writeScope(to json: inout JSONWriter) {
    switch token.authorization.scope {
    case .unscoped: break
    case .system:
      writeRoles(to: &json)
      json.object("system") { $0.member("all", true) }
    case .domain(let domain):
      json.object("domain") { json in json.members(of: domain) }
      writeRoles(to: &json)
    case .project(let project, let domain):
      json.object("project") { json in
        json.object("domain") { json in json.members(of: domain) }
        json.members(of: project)
      }
      guard let roles = token.grant?.wholeRoles else {
        json.member("is_domain", false)
        return writeRoles(to: &json)
      }
      json.member("roles", roles)
    }
  }

  private func writeRoles(to json: inout JSONWriter) {
    json.array("roles") { json in
      for role in token.authorization.roles { json.object { $0.members(of: role) } }
    }
  }
}

extension JSONWriter {
  /// `id` and `name` in the object that is open.
  fileprivate mutating func members(of reference: Authorization.Reference) {
    member("id", reference.id)
    member("name", reference.name)
  }
}

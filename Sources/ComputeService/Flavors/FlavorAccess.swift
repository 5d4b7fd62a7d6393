import OpenStackAPI
import Persistence

/// Which projects may use a flavor that is not public (Compute API, "Flavors access").
enum FlavorAccess {
  private static func change(_ name: String) -> Body {
    Body(name, [.string("tenant", 1...255, .required)])
  }

  static let routes: [Route] = [
    .get(
      "/flavors/:flavor_id/os-flavor-access", "os_compute_api:os-flavor-access", .admin, query: .empty, run: index),
    .action(
      "/flavors/:id/action", "addTenantAccess", "os_compute_api:os-flavor-access:add_tenant_access", .admin,
      access: .token, body: change("addTenantAccess"), returns: 200, run: add),
    .action(
      "/flavors/:id/action", "removeTenantAccess", "os_compute_api:os-flavor-access:remove_tenant_access", .admin,
      access: .token, body: change("removeTenantAccess"), returns: 200, run: remove),
  ]

  static func index(_ call: Call) throws -> Response {
    try call.world.read { db in
      let flavor = try Flavor.find(call, db, parameter: "flavor_id")
      guard !flavor.isPublic else { throw Fault.notFound("Access list not available for public flavors.") }
      return try answer(flavor, db)
    }
  }

  private static func answer(_ flavor: Flavor, _ db: Connection) throws -> Response {
    let projects = try db.query(
      "SELECT project_id FROM flavor_access WHERE flavor = ? ORDER BY rowid", flavor.row, as: String.self)
    return .json { json in
      json.array("flavor_access") { json in
        for project in projects {
          json.object { json in
            json.member("flavor_id", flavor.id)
            json.member("tenant_id", project)
          }
        }
      }
    }
  }

  /// Nova asks Keystone whether the project exists.
  private static func project(_ call: Call, _ db: Connection) throws -> String {
    let id = call.input["tenant"]?.text ?? ""
    guard try call.world.crossings.tokens.projectExists(id, db) else {
      throw Fault.badRequest("Project ID \(id) is not a valid project.")
    }
    return id
  }

  static func add(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let project = try project(call, db)
      let flavor = try Flavor.find(call, db)
      if flavor.isPublic, call.version >= "2.7" { throw Fault.conflict("Can not add access to a public flavor.") }
      if try db.exists("SELECT 1 FROM flavor_access WHERE flavor = ? AND project_id = ?", flavor.row, project) {
        throw Fault.conflict("Flavor access already exists for flavor \(flavor.id) and project \(project) combination.")
      }
      try db.execute("INSERT INTO flavor_access (flavor, project_id) VALUES (?, ?)", flavor.row, project)
      return try answer(flavor, db)
    }
  }

  static func remove(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let project = try project(call, db)
      let flavor = try Flavor.find(call, db)
      let removed = try db.execute(
        "DELETE FROM flavor_access WHERE flavor = ? AND project_id = ?", flavor.row, project)
      guard removed > 0 else {
        throw Fault.notFound("Flavor access not found for flavor \(flavor.id) and project \(project) combination.")
      }
      return try answer(flavor, db)
    }
  }
}

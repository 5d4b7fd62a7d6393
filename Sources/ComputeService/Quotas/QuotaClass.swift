import OpenStackAPI
import Persistence

/// Limits by the name of a class, of which Nova only ever asks for `default`: what projects have unless something else
/// is set for them (Compute API, "Quota class sets").
enum QuotaClass {
  private static let change = Body(
    "quota_class_set", QuotaResource.all.map { Property($0.name, QuotaResource.limit, until: $0.classInput.until) })

  static let routes: [Route] = [
    .get(
      "/os-quota-class-sets/:id", "os_compute_api:os-quota-class-sets:show", .admin, query: .empty, run: show),
    .put(
      "/os-quota-class-sets/:id", "os_compute_api:os-quota-class-sets:update", .admin, body: change, run: update),
  ]

  private static func answer(_ limits: QuotaLimits, id: String?, _ call: Call) -> Response {
    .json { json in
      json.object("quota_class_set") { json in
        if let id { json.member("id", id) }
        for resource in QuotaResource.all where resource.classVersions.contains(call.version) {
          json.key(resource.name)
          json.integer(limits[resource])
        }
      }
    }
  }

  private static func show(_ call: Call) throws -> Response {
    let name = call.parameter("id")
    return answer(try call.world.read { try .of(quotaClass: name, $0, call.world) }, id: name, call)
  }

  private static func update(_ call: Call) async throws -> Response {
    let name = call.parameter("id")
    guard name.unicodeScalars.count <= 255 else {
      throw Fault.badRequest(
        "Invalid input received: quota_class_name has \(name.unicodeScalars.count) characters, more than 255.")
    }
    let given = QuotaResource.all.compactMap { resource in
      call.input[resource.name]?.wholeNumber.map { (resource.name, $0) }
    }
    let limits = try await call.world.write { db in
      for (resource, limit) in given {
        try db.execute(
          """
          INSERT INTO quota_class_limits (class, resource, hard_limit) VALUES (?, ?, ?)
          ON CONFLICT (class, resource) DO UPDATE SET hard_limit = excluded.hard_limit
          """, name, resource, limit)
      }
      return try QuotaLimits.of(quotaClass: name, db, call.world)
    }
    return answer(limits, id: nil, call)
  }
}

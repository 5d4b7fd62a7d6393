import OpenStackAPI
import Persistence

/// Which policy is whose: an endpoint's own, that of a service in a region and all regions inside it, or that of a
/// service everywhere. The first of these that there is counts.
///
/// Source: Identity API v3 extensions, "OS-ENDPOINT-POLICY"; keystone.endpoint_policy.core.
enum PolicyAssociation {
  private static let base = "/policies/:policy_id/OS-ENDPOINT-POLICY"

  static let routes: [Route] =
    [
      .get("\(base)/endpoints", "identity:list_endpoints_for_policy", .systemReader, run: endpoints),
      .get(
        "/endpoints/:endpoint_id/OS-ENDPOINT-POLICY/policy", "identity:get_policy_for_endpoint", .systemReader,
        run: policy),
    ]
    + routes("\(base)/endpoints/:endpoint_id", "endpoint") + routes("\(base)/services/:service_id", "service")
    + routes("\(base)/services/:service_id/regions/:region_id", "region_and_service")

  private static func routes(_ path: String, _ subject: String) -> [Route] {
    let operation = "policy_association_for_\(subject)"
    return [
      .get(path, "identity:check_\(operation)", .systemReader, returns: 204, run: check),
      .put(path, "identity:create_\(operation)", .keystoneAdmin, returns: 204, run: create),
      .delete(path, "identity:delete_\(operation)", .keystoneAdmin, run: delete),
    ]
  }

  /// What the path names; all of it must be there.
  private struct Subject {
    let policy: String
    let endpoint, service, region: String?

    init(_ call: Call, _ db: Connection) throws {
      policy = try PolicyFile.existing(call.parameter("policy_id"), db).id
      endpoint = try Self.id("endpoint_id", call) { try Endpoint.existing($0, db).id }
      service = try Self.id("service_id", call) { try CatalogService.existing($0, db).id }
      region = try Self.id("region_id", call) { try Region.existing($0, db).id }
    }

    private static func id(_ name: String, _ call: Call, _ find: (String) throws -> String) throws -> String? {
      let id = call.parameter(name)
      return id.isEmpty ? nil : try find(id)
    }

    /// The condition on the table.
    static let isRow = "endpoint_id IS ? AND service_id IS ? AND region_id IS ?"
  }
}

extension PolicyAssociation {
  @Sendable private static func check(_ call: Call) throws -> Response {
    try call.world.read { db in
      let subject = try Subject(call, db)
      let sql = "SELECT 1 FROM policy_associations WHERE policy_id = ? AND \(Subject.isRow)"
      guard try db.exists(sql, subject.policy, subject.endpoint, subject.service, subject.region) else {
        throw Fault.notFound("Could not find policy association.")
      }
    }
    return .empty
  }

  /// One that is there already is replaced.
  @Sendable private static func create(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let subject = try Subject(call, db)
      try db.execute(
        "DELETE FROM policy_associations WHERE \(Subject.isRow)", subject.endpoint, subject.service, subject.region)
      try db.execute(
        "INSERT INTO policy_associations (policy_id, endpoint_id, service_id, region_id) VALUES (?, ?, ?, ?)",
        subject.policy, subject.endpoint, subject.service, subject.region)
    }
    return .empty
  }

  /// One that is not there is as good as deleted.
  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let subject = try Subject(call, db)
      try db.execute(
        "DELETE FROM policy_associations WHERE policy_id = ? AND \(Subject.isRow)", subject.policy, subject.endpoint,
        subject.service, subject.region)
    }
    return .empty
  }

  private static let covered = """
    (id IN (SELECT endpoint_id FROM policy_associations WHERE policy_id = ?)
      OR service_id IN (SELECT service_id FROM policy_associations WHERE policy_id = ? AND region_id IS NULL)
      OR (service_id, region_id) IN (
        WITH RECURSIVE inside (service_id, region_id) AS (
          SELECT service_id, region_id FROM policy_associations WHERE policy_id = ? AND region_id IS NOT NULL
          UNION
          SELECT inside.service_id, regions.id FROM inside JOIN regions ON parent_region_id = inside.region_id
        )
        SELECT service_id, region_id FROM inside))
    """

  @Sendable private static func endpoints(_ call: Call) throws -> Response {
    let id = call.parameter("policy_id")
    _ = try call.world.read { try PolicyFile.existing(id, $0) }
    return try Collection<Endpoint>(
      conditions: [Condition(covered, id, id, id)], filters: [], view: Endpoint.bareView
    ).response(call)
  }

  private static let closest = """
    WITH RECURSIVE around (region_id, distance) AS (
      SELECT region_id, 1 FROM endpoints WHERE id = ?1
      UNION ALL
      SELECT parent_region_id, distance + 1 FROM around JOIN regions ON regions.id = around.region_id
    )
    SELECT policy_id FROM (
      SELECT policy_id, 0 AS distance FROM policy_associations WHERE endpoint_id = ?1
      UNION ALL
      SELECT policy_id, distance FROM policy_associations AS a JOIN around ON around.region_id = a.region_id
      WHERE service_id = ?2
      UNION ALL
      SELECT policy_id, 1000000 FROM policy_associations WHERE service_id = ?2 AND region_id IS NULL
    ) ORDER BY distance LIMIT 1
    """

  @Sendable private static func policy(_ call: Call) throws -> Response {
    let id = call.parameter("endpoint_id")
    let policy = try call.world.read { db in
      let endpoint = try Endpoint.existing(id, db)
      guard let policy = try db.first(closest, id, endpoint.serviceID, as: String.self) else {
        throw Fault.notFound("No policy is associated with endpoint \(id).")
      }
      return try PolicyFile.existing(policy, db)
    }
    return .json { json in
      json.key("policy")
      PolicyFile.write(policy, to: &json, PolicyFile.viewOfEndpoint.projection(for: call))
    }
  }
}

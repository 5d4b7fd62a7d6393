import OpenStackAPI
import Persistence

/// What a flavor asks of the hypervisor, as keys and values (Compute API, "Flavors extra-specs").
enum FlavorExtraSpecs {
  static let creation = Body("extra_specs", .map(value, name: .metadataKey))
  static let change = Body(
    unwrapped: .object([], additional: .matching(value, name: .metadataKey), atMost: 1, atLeast: 1))

  /// A string, or a number that is kept as its digits.
  private static let value = Schema { value, version in
    switch value {
    case .integer, .bigInteger, .number: nil
    case .string: Schema.string(0...255).check(value, version)
    default: Violation(value, "\(value.pythonRepresentation) is not of type 'string', 'number'")
    }
  }

  static let routes: [Route] = [
    .get(
      "/flavors/:flavor_id/os-extra_specs", "os_compute_api:os-flavor-extra-specs:index", .projectReader,
      query: .empty, run: index),
    .post(
      "/flavors/:flavor_id/os-extra_specs", "os_compute_api:os-flavor-extra-specs:create", .admin, body: creation,
      returns: 200, run: create),
    .get(
      "/flavors/:flavor_id/os-extra_specs/:key", "os_compute_api:os-flavor-extra-specs:show", .projectReader,
      query: .empty, run: show),
    .put(
      "/flavors/:flavor_id/os-extra_specs/:key", "os_compute_api:os-flavor-extra-specs:update", .admin, body: change,
      run: update),
    .delete(
      "/flavors/:flavor_id/os-extra_specs/:key", "os_compute_api:os-flavor-extra-specs:delete", .admin, returns: 200,
      run: delete),
  ]

  private static func specs(_ flavor: Flavor) -> JSONObject {
    JSON(stored: flavor.extraSpecs)?.object ?? JSONObject()
  }

  static func index(_ call: Call) throws -> Response {
    let flavor = try call.world.read { try Flavor.find(call, $0, parameter: "flavor_id") }
    return .json { json in
      json.key("extra_specs")
      json.raw(flavor.extraSpecs)
    }
  }

  static func show(_ call: Call) throws -> Response {
    let flavor = try call.world.read { try Flavor.find(call, $0, parameter: "flavor_id") }
    let key = call.parameter("key")
    guard let value = specs(flavor)[key] else { throw missing(key, flavor) }
    return .json { json in
      json.key(key)
      json.value(value)
    }
  }

  private static func missing(_ key: String, _ flavor: Flavor) -> Fault {
    .notFound("Flavor \(flavor.id) has no extra specs with key \(key).")
  }

  static func create(_ call: Call) async throws -> Response {
    let given = try accepted(call.input, call.version)
    try await change(call) { specs, _ in
      for (key, value) in given.members { specs[key] = value }
    }
    return .json { json in json.member("extra_specs", JSON.object(given)) }
  }

  static func update(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    guard let value = call.input[key] else { throw Fault.badRequest("Request body and URI mismatch") }
    let given = try accepted([key: value], call.version)
    try await change(call) { specs, _ in specs[key] = given[key] }
    return .json { json in
      json.key(key)
      json.value(given[key] ?? .null)
    }
  }

  static func delete(_ call: Call) async throws -> Response {
    let key = call.parameter("key")
    try await change(call) { specs, flavor in
      guard specs[key] != nil else { throw missing(key, flavor) }
      specs[key] = nil
    }
    return .empty
  }

  private static func change(
    _ call: Call, _ body: @escaping @Sendable (inout JSONObject, Flavor) throws -> Void
  ) async throws {
    try await call.world.write { db in
      let flavor = try Flavor.find(call, db, parameter: "flavor_id")
      var specs = specs(flavor)
      try body(&specs, flavor)
      try db.execute(
        "UPDATE flavors SET extra_specs = ?, updated_at = ? WHERE id = ?", JSON.object(specs).jsonText,
        call.now.microseconds, flavor.row)
    }
  }

  /// The specs with their values as text; since 2.86 Nova knows what its own name spaces may hold.
  private static func accepted(_ given: JSON, _ version: Version) throws -> JSONObject {
    let specs = JSONObject((given.object?.members ?? []).map { (key: $0.key, value: .string($0.value.pythonText)) })
    if version >= "2.86" {
      for (key, value) in specs.members { try ExtraSpecValidator.check(key, value.text ?? "") }
    }
    return specs
  }
}

import OpenStackAPI
import Persistence

extension Flavor {
  /// A page of the flavors that the caller may use.
  static func page(of view: View<Flavor>, path: String, _ call: Call) throws -> Response {
    var listing = Listing(columns, from: "flavors", key: "flavorid")
    listing.conditions = try conditions(call)
    listing.order = order(call.query)
    return try Collection<Flavor>(
      name: "flavors", linksName: "flavors_links", path: path, listing: listing, id: \.id,
      unknownMarker: { "marker [\($0)] not found" }
    ).page(view, call)
  }

  private static func conditions(_ call: Call) throws -> [Condition] {
    var conditions = [try visibility(call)]
    for (name, column) in [("minRam", "memory_mb"), ("minDisk", "root_gb")] {
      guard let text = call.query[name] else { continue }
      guard let minimum = Int(text) else { throw Fault.badRequest("Invalid \(name) filter [\(text)]") }
      conditions.append(Condition("\(column) >= ?", minimum))
    }
    if let name = call.query["name"] { conditions.append(Condition("name = ?", name)) }
    return conditions
  }

  /// Users see public flavors and those their project was given; administrators choose with `is_public`.
  private static func visibility(_ call: Call) throws -> Condition {
    let given = call.query["is_public"]
    let isPublic = try given.map { try filter($0) } ?? true
    let caller = try call.caller
    if caller.isAdmin {
      guard let isPublic else { return Condition("1") }
      guard isPublic else { return Condition("is_public = 0") }
      return given == nil ? usable(by: caller) : Condition("is_public = 1")
    }
    return usable(by: caller)
  }

  private static func usable(by caller: Authorization) -> Condition {
    Condition(
      "(is_public = 1 OR id IN (SELECT flavor FROM flavor_access WHERE project_id = ?))", caller.projectID ?? "")
  }

  /// "None" means both.
  private static func filter(_ text: String) throws -> Bool? {
    if text.isEmpty || text.lowercased() == "none" { return nil }
    guard let isPublic = text.trimmed.booleanWord else {
      throw Fault.badRequest("Invalid is_public filter [\(text)]")
    }
    return isPublic
  }

  static let sortColumns = [
    "created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public", "memory_mb", "name",
    "root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight", "vcpus",
  ]

  static let sortKey = Schema.byVersion { version in
    .string(in: version < "2.102" ? sortColumns : sortColumns.filter { $0 != "rxtx_factor" })
  }

  private static func order(_ query: QueryParameters) -> [SortOrder] {
    let nullable = ["description", "updated_at", "vcpu_weight"]
    let key = query["sort_key"] ?? "flavorid"
    return [SortOrder(key, descending: query["sort_dir"] == "desc", nullable: nullable.contains(key))]
  }

  static func show(_ call: Call) throws -> Response {
    try call.world.read { db in try answer(find(call, db), call) }
  }

  private static func answer(_ flavor: Flavor, _ call: Call) -> Response {
    let projection = detail.projection(for: call)
    return .json { json in
      json.key("flavor")
      projection.write(flavor, to: &json)
    }
  }

  /// The flavor of the path that the caller may use.
  static func find(_ call: Call, _ db: Connection, parameter: String = "id") throws -> Flavor {
    let id = call.parameter(parameter)
    guard let flavor = try named(id, usableBy: call.caller, db) else {
      throw Fault.notFound("Flavor \(id) could not be found.")
    }
    return flavor
  }

  /// A flavor by its id, if the caller may use it.
  static func named(_ id: String, usableBy caller: Authorization, _ db: Connection) throws -> Flavor? {
    let flavor: Flavor? = try db.first("SELECT \(columns) FROM flavors WHERE flavorid = ?", id)
    guard let flavor, !flavor.isPublic, !caller.isAdmin else { return flavor }
    let hasAccess = try db.exists(
      "SELECT 1 FROM flavor_access WHERE flavor = ? AND project_id = ?", flavor.row, caller.projectID)
    return hasAccess ? flavor : nil
  }

  static func create(_ call: Call) async throws -> Response {
    let input = call.input
    let flavor = try await call.world.write { db in
      let id = try newID(input["id"]) ?? call.world.identifiers.uuid()
      try insert(input, id: id, at: call.now, db)
      return try db.first("SELECT \(columns) FROM flavors WHERE flavorid = ?", id, as: Flavor.self)
    }
    guard let flavor else { throw Fault.unexpected }
    return answer(flavor, call)
  }

  /// The id that the client chose: `null` is none, and a number is its digits.
  private static func newID(_ given: JSON?) throws -> String? {
    guard let given, !given.isNull else { return nil }
    return given.pythonText
  }

  /// Adds a flavor; a name or an id that is taken is a conflict.
  static func insert(_ input: JSON, id: String, at now: Timestamp, _ db: Connection) throws {
    let name = input["name"]?.text ?? ""
    if try db.exists("SELECT 1 FROM flavors WHERE name = ?", name) {
      throw Fault.conflict("Flavor with name \(name) already exists.")
    }
    if try db.exists("SELECT 1 FROM flavors WHERE flavorid = ?", id) {
      throw Fault.conflict("Flavor with ID \(id) already exists.")
    }
    try db.execute(
      """
      INSERT INTO flavors (flavorid, name, memory_mb, root_gb, vcpus, ephemeral_gb, swap, rxtx_factor, is_public,
        description, extra_specs, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      id, name, input["ram"]?.wholeNumber ?? 0, input["disk"]?.wholeNumber ?? 0, input["vcpus"]?.wholeNumber ?? 0,
      input["OS-FLV-EXT-DATA:ephemeral"]?.wholeNumber ?? 0, input["swap"]?.wholeNumber ?? 0,
      input["rxtx_factor"]?.realNumber ?? 1.0, input["os-flavor-access:is_public"]?.truth ?? true,
      input["description"]?.text, (input["extra_specs"] ?? [:]).jsonText, now.microseconds)
  }

  static func update(_ call: Call) async throws -> Response {
    let description = call.input["description"]?.text
    let flavor = try await call.world.write { db in
      let found = try find(call, db)
      try db.execute(
        "UPDATE flavors SET description = ?, updated_at = ? WHERE id = ?", description, call.now.microseconds,
        found.row)
      return try find(call, db)
    }
    return answer(flavor, call)
  }

  static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let found = try find(call, db)
      try db.execute("DELETE FROM flavors WHERE id = ?", found.row)
    }
    return .empty
  }

  /// An id of the client's choice: letters, digits, `. _-`, no blank at either end; or a number, or `null`.
  static let flavorID = Schema { value, version in
    switch value {
    case .null, .integer, .bigInteger, .number: nil
    case .string: Schema.string(0...255, format: idFormat).check(value, version)
    default: Violation(value, "\(value.pythonRepresentation) is not of type 'string', 'number', 'null'")
    }
  }

  private static let idFormat = StringFormat.pattern("^(?! )[a-zA-Z0-9. _-]+(?<! )$") { text in
    !text.isEmpty && text.utf8.allSatisfy { StringFormat.isWord($0) || ". _-".utf8.contains($0) }
      && !text.hasPrefix(" ") && !text.hasSuffix(" ")
  }

  static let rxtxFactor = Schema { value, _ in
    guard let number = value.realNumber else {
      guard let text = value.text else {
        return Violation(value, "\(value.pythonRepresentation) is not of type 'number', 'string'")
      }
      return Violation(value, "\(JSON.quoted(text)) does not match '^[0-9]+(\\\\.[0-9]+)?$'")
    }
    if number <= 0 { return Violation(value, "\(value.pythonText) is less than or equal to the minimum of 0") }
    return number > 3.40282e+38
      ? Violation(value, "\(value.pythonText) is greater than the maximum of 3.40282e+38") : nil
  }
}

extension JSON {
  /// The number in a number or in a string of digits with a point.
  var realNumber: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    case .bigInteger(let digits): Double(digits)
    case .string(let text):
      text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") } ? Double(text) : nil
    default: nil
    }
  }
}

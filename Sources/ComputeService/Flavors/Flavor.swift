import OpenStackAPI
import Persistence

/// The size of a server: memory, disk and virtual CPUs (Compute API, "Flavors").
struct Flavor: Sendable, RowDecodable {
  let row: Int
  /// The id that clients use (`flavorid`).
  let id: String
  let name: String
  /// MiB.
  let ram: Int
  /// GiB.
  let disk: Int
  let vcpus: Int
  /// GiB.
  let ephemeral: Int
  /// MiB.
  let swap: Int
  let rxtxFactor: Double
  let isPublic: Bool
  let isDisabled: Bool
  let description: String?
  /// A JSON object of strings.
  let extraSpecs: String

  static let columns =
    "id, flavorid, name, memory_mb, root_gb, vcpus, ephemeral_gb, swap, rxtx_factor, is_public, disabled, "
    + "description, extra_specs"

  init(row: inout Row) throws {
    self.row = try row.next()
    id = try row.next()
    name = try row.next()
    ram = try row.next(in: Self.amounts)
    disk = try row.next(in: Self.amounts)
    vcpus = try row.next(in: Self.amounts)
    ephemeral = try row.next(in: Self.amounts)
    swap = try row.next(in: Self.amounts)
    rxtxFactor = try row.next()
    isPublic = try row.next()
    isDisabled = try row.next()
    description = try row.next()
    extraSpecs = try row.next()
  }

  static let migration = """
    CREATE TABLE flavors (
      id INTEGER PRIMARY KEY,
      flavorid TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE,
      memory_mb INTEGER NOT NULL CHECK (memory_mb > 0),
      root_gb INTEGER NOT NULL CHECK (root_gb >= 0),
      vcpus INTEGER NOT NULL CHECK (vcpus > 0),
      ephemeral_gb INTEGER NOT NULL DEFAULT 0,
      swap INTEGER NOT NULL DEFAULT 0,
      rxtx_factor REAL NOT NULL DEFAULT 1.0,
      vcpu_weight INTEGER,
      is_public INTEGER NOT NULL DEFAULT 1,
      disabled INTEGER NOT NULL DEFAULT 0,
      description TEXT,
      extra_specs TEXT NOT NULL DEFAULT '{}',
      created_at INTEGER NOT NULL,
      updated_at INTEGER
    ) STRICT;
    CREATE TABLE flavor_access (
      flavor INTEGER NOT NULL REFERENCES flavors (id) ON DELETE CASCADE,
      project_id TEXT NOT NULL,
      PRIMARY KEY (flavor, project_id)
    ) STRICT;
    """
}

extension Flavor {
  static let summary = View<Flavor>([
    Field("id", \.id),
    Field("name", \.name),
    Field("links") { flavor, call, json in call.writeLinks("/flavors/", flavor.id, to: &json) },
    Field("description", \.description, since: "2.55"),
  ])

  static let detail = View<Flavor>([
    Field("id", \.id),
    Field("name", \.name),
    Field("ram", \.ram),
    Field("disk", \.disk),
    Field("swap", { $0.swap == 0 ? JSON.string("") : .integer($0.swap) }, until: "2.74"),
    Field("swap", \.swap, since: "2.75"),
    Field("OS-FLV-EXT-DATA:ephemeral", \.ephemeral),
    Field("OS-FLV-DISABLED:disabled", \.isDisabled, until: "2.101"),
    Field("vcpus", \.vcpus),
    Field("os-flavor-access:is_public", \.isPublic),
    Field("rxtx_factor", \.rxtxFactor, until: "2.101"),
    Field("links") { flavor, call, json in call.writeLinks("/flavors/", flavor.id, to: &json) },
    Field("description", \.description, since: "2.55"),
    Field("extra_specs", since: "2.61", policy: "os_compute_api:os-flavor-extra-specs:index") { flavor, _, json in
      json.raw(flavor.extraSpecs)
    },
  ])

  static let creation = Body(
    "flavor",
    [
      .string("name", 1...255, format: .name, .required),
      .integer("ram", 1...maximum, .required),
      .integer("vcpus", 1...maximum, .required),
      .integer("disk", 0...maximum, .required),
      Property("id", flavorID),
      .integer("OS-FLV-EXT-DATA:ephemeral", 0...maximum),
      .integer("swap", 0...maximum),
      Property("rxtx_factor", rxtxFactor, until: "2.101"),
      .truth("os-flavor-access:is_public"),
      Property("description", .description(65535), since: "2.55"),
    ])

  static let change = Body(
    "flavor", [Property("description", .description(65535), .required)])

  static let list = Query(
    [
      QueryParameter("is_public"), QueryParameter("minRam"), QueryParameter("minDisk"),
      QueryParameter("sort_key", sortKey), QueryParameter("sort_dir", .string(in: ["asc", "desc"])),
      QueryParameter("name", since: "2.102"),
    ] + QueryParameter.paging(), refusesUnknownSince: "2.75")

  static let routes: [Route] = [
    .get(
      "/flavors", "os_compute_api:flavors:index", .unprotected, query: list, keptWhile: ["flavors", "flavor_access"],
      run: { try page(of: summary, path: "/flavors", $0) }),
    .get(
      "/flavors/detail", "os_compute_api:flavors:detail", .unprotected, query: list,
      keptWhile: ["flavors", "flavor_access"],
      run: { try page(of: detail, path: "/flavors/detail", $0) }),
    .get("/flavors/:id", "os_compute_api:flavors:show", .unprotected, query: .empty, run: show),
    .post("/flavors", "os_compute_api:os-flavor-manage:create", .admin, body: creation, returns: 200, run: create),
    .put("/flavors/:id", "os_compute_api:os-flavor-manage:update", .admin, since: "2.55", body: change, run: update),
    .delete("/flavors/:id", "os_compute_api:os-flavor-manage:delete", .admin, returns: 202, run: delete),
  ]

  private static let maximum = 2_147_483_647
  /// What memory, disks and virtual CPUs can be (nova.db.constants, `MAX_INT`).
  static let amounts = 0...maximum
}

extension Query {
  /// No parameters; unknown ones are refused since 2.102.
  static let empty = Query([], refusesUnknownSince: "2.102")
}

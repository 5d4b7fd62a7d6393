import OpenStackAPI
import Persistence

/// A virtual machine (Compute API, "Servers").
struct Server: Sendable, RowDecodable {
  let row: Int
  let id: String
  let projectID: String
  let userID: String
  var name: String
  var description: String?
  let hostname: String
  var state: ServerState
  let createdAt: Timestamp
  let updatedAt: Timestamp
  let launchedAt: Timestamp?
  let terminatedAt: Timestamp?
  let isDeleted: Bool
  /// `nil` for a server that boots from a volume.
  let imageID: String?
  /// The image's properties at boot, a JSON object.
  let imageProperties: String
  let flavor: EmbeddedFlavor
  let keyName: String?
  let host: String?
  let availabilityZone: String?
  let pinnedAvailabilityZone: String?
  let hasConfigDrive: Bool
  let accessIPv4: String
  let accessIPv6: String
  let diskConfig: String
  /// JSON object of strings.
  let metadata: String
  /// JSON array of strings, sorted.
  let tags: String
  let lockedBy: String?
  let lockedReason: String?
  let reservationID: String
  let launchIndex: Int
  let userData: String?
  let progress: Int
  /// JSON object of Nova's `fault`, or `nil`.
  let fault: String?
  /// JSON array, or `nil`.
  let trustedCertificates: String?
  /// JSON object.
  let schedulerHints: String
  let rootDevice: String?
  /// The id of the server group that it was booted into.
  let serverGroup: String?
  /// What an administrator made of the host's service, as clients read it; `nil` for nothing.
  private let hostChange: String?

  /// How the server's host is (nova.compute.api, `get_instance_host_status`).
  var hostStatus: String { host == nil ? "" : hostChange ?? "UP" }

  static let columns = """
    id, uuid, project_id, user_id, display_name, display_description, hostname, vm_state, task_state, power_state, \
    created_at, updated_at, launched_at, terminated_at, deleted, image_ref, image_properties, flavor_id, flavor_name, \
    vcpus, memory_mb, root_gb, ephemeral_gb, swap, flavor_extra_specs, key_name, host, availability_zone, \
    pinned_availability_zone, config_drive, access_ip_v4, access_ip_v6, auto_disk_config, metadata, tags, locked_by, \
    locked_reason, reservation_id, launch_index, user_data, progress, fault, trusted_certs, scheduler_hints, \
    root_device_name, server_group, (\(HostService.statusOfServersHost))
    """

  init(row: inout Row) throws {
    self.row = try row.next()
    id = try row.next()
    projectID = try row.next()
    userID = try row.next()
    name = try row.next()
    description = try row.next()
    hostname = try row.next()
    state = try ServerState(row: &row)
    createdAt = try row.next()
    updatedAt = try row.next()
    launchedAt = try row.next()
    terminatedAt = try row.next()
    isDeleted = try row.next()
    imageID = try row.next()
    imageProperties = try row.next()
    flavor = try EmbeddedFlavor(row: &row)
    keyName = try row.next()
    host = try row.next()
    availabilityZone = try row.next()
    pinnedAvailabilityZone = try row.next()
    hasConfigDrive = try row.next()
    accessIPv4 = try row.next()
    accessIPv6 = try row.next()
    diskConfig = try row.next()
    metadata = try row.next()
    tags = try row.next()
    lockedBy = try row.next()
    lockedReason = try row.next()
    reservationID = try row.next()
    launchIndex = try row.next()
    userData = try row.next()
    progress = try row.next()
    fault = try row.next()
    trustedCertificates = try row.next()
    schedulerHints = try row.next()
    rootDevice = try row.next()
    serverGroup = try row.next()
    hostChange = try row.next()
  }

  static let migration = """
    CREATE TABLE servers (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      uuid TEXT NOT NULL UNIQUE,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      display_name TEXT NOT NULL,
      display_description TEXT,
      hostname TEXT NOT NULL,
      vm_state TEXT NOT NULL,
      task_state TEXT,
      power_state INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      launched_at INTEGER,
      terminated_at INTEGER,
      deleted INTEGER NOT NULL DEFAULT 0,
      image_ref TEXT,
      image_properties TEXT NOT NULL DEFAULT '{}',
      flavor_id TEXT NOT NULL,
      flavor_name TEXT NOT NULL,
      vcpus INTEGER NOT NULL,
      memory_mb INTEGER NOT NULL,
      root_gb INTEGER NOT NULL,
      ephemeral_gb INTEGER NOT NULL,
      swap INTEGER NOT NULL,
      flavor_extra_specs TEXT NOT NULL,
      key_name TEXT,
      host TEXT,
      availability_zone TEXT,
      pinned_availability_zone TEXT,
      config_drive INTEGER NOT NULL DEFAULT 0,
      access_ip_v4 TEXT NOT NULL DEFAULT '',
      access_ip_v6 TEXT NOT NULL DEFAULT '',
      auto_disk_config TEXT NOT NULL DEFAULT 'MANUAL',
      metadata TEXT NOT NULL DEFAULT '{}',
      tags TEXT NOT NULL DEFAULT '[]',
      locked_by TEXT,
      locked_reason TEXT,
      reservation_id TEXT NOT NULL,
      launch_index INTEGER NOT NULL DEFAULT 0,
      user_data TEXT,
      progress INTEGER NOT NULL DEFAULT 0,
      fault TEXT,
      trusted_certs TEXT,
      scheduler_hints TEXT NOT NULL DEFAULT '{}',
      root_device_name TEXT,
      old_flavor TEXT,
      old_vm_state TEXT
    ) STRICT;
    CREATE INDEX servers_by_project ON servers (project_id, deleted, created_at, id);
    CREATE INDEX servers_by_creation ON servers (deleted, created_at, id);
    """

  /// Lists by status, of one project and of all, in the order of creation.
  static let stateIndexes = """
    CREATE INDEX servers_by_state ON servers (deleted, vm_state, created_at, id);
    CREATE INDEX servers_of_project_by_state ON servers (project_id, deleted, vm_state, created_at, id);
    """
}

/// The flavor as it was when the server got it; later changes of the flavor do not reach the server.
struct EmbeddedFlavor: Sendable {
  let id: String
  let name: String
  let vcpus: Int
  /// MiB.
  let ram: Int
  /// GiB.
  let disk: Int
  /// GiB.
  let ephemeral: Int
  /// MiB.
  let swap: Int
  /// JSON object of strings.
  let extraSpecs: String

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    vcpus = try row.next(in: Flavor.amounts)
    ram = try row.next(in: Flavor.amounts)
    disk = try row.next(in: Flavor.amounts)
    ephemeral = try row.next(in: Flavor.amounts)
    swap = try row.next(in: Flavor.amounts)
    extraSpecs = try row.next()
  }

  init(_ flavor: Flavor) {
    (id, name, vcpus, ram) = (flavor.id, flavor.name, flavor.vcpus, flavor.ram)
    (disk, ephemeral, swap, extraSpecs) = (flavor.disk, flavor.ephemeral, flavor.swap, flavor.extraSpecs)
  }
}

extension Server {
  /// The instance's name on its hypervisor (nova.conf, `instance_name_template`).
  var instanceName: String {
    host == nil ? "" : Self.instanceName(row: row)
  }

  static func instanceName(row: Int) -> String {
    let digits = String(row, radix: 16)
    return "instance-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The server of the path, if the caller may know of it: its own project's, or any for an administrator.
  static func find(_ id: String, _ call: Call, _ db: Connection, evenDeleted: Bool = false) throws -> Server {
    let found: Server? = try db.first(
      "SELECT \(columns) FROM servers WHERE uuid = ? AND deleted <= ?", id, evenDeleted)
    let caller = try call.caller
    guard let found, caller.isAdmin || found.projectID == caller.projectID else {
      throw Fault.notFound("Instance \(id) could not be found.")
    }
    try call.authorize(["project_id": found.projectID, "user_id": found.userID])
    return found
  }
}

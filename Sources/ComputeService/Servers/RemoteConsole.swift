import Crypto
import OpenStackAPI
import Persistence

/// An address at which a server's screen or serial line can be reached for a while (Compute API, "Server Consoles",
/// "Compute Server Console Authentication Tokens").
struct RemoteConsole: Sendable, RowDecodable {
  let serverID, host: String
  let port: Int
  /// Of clients that speak SPICE themselves.
  let tlsPort: Int?

  static let columns = "server_uuid, host, port, tls_port"

  init(row: inout Row) throws {
    serverID = try row.next()
    host = try row.next()
    port = try row.next()
    tlsPort = try row.next()
  }

  static let migration = """
    CREATE TABLE console_tokens (
      token_hash TEXT PRIMARY KEY,
      server_uuid TEXT NOT NULL,
      host TEXT NOT NULL,
      port INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX console_tokens_by_expiry ON console_tokens (expires_at);
    """

  /// The second port of SPICE.
  static let migrationOfTLS = "ALTER TABLE console_tokens ADD COLUMN tls_port INTEGER;"

  /// How the clients of one protocol get at a console: where its proxy listens by default (nova.conf, `[vnc]`, `[spice]`,
  /// `[serial_console]`, `[mks]`), and the first port on the host.
  private struct Access: Sendable {
    let name: String
    let types: [String]
    let base: String
    let firstPort: Int

    /// Clients that speak SPICE themselves go to a proxy of their own.
    func base(for type: String) -> String {
      type == RemoteConsole.direct ? "http://127.0.0.1:13002/nova?token=" : base
    }
  }

  private static let direct = "spice-direct"
  /// The types that a host can offer.
  static var offered: [String] { [vnc, spice, serial, mks].flatMap(\.types) }

  private static let vnc = Access(
    name: "vnc", types: ["novnc"], base: "http://127.0.0.1:6080/vnc_auto.html?path=%3Ftoken%3D", firstPort: 5900)
  private static let spice = Access(
    name: "spice", types: ["spice-html5", direct], base: "http://127.0.0.1:6082/spice_auto.html?token=", firstPort: 5900
  )
  private static let serial = Access(
    name: "serial", types: ["serial"], base: "ws://127.0.0.1:6083/?token=", firstPort: 10000)
  private static let mks = Access(
    name: "mks", types: ["webmks"], base: "http://127.0.0.1:6090/?token=", firstPort: 902)
}

extension RemoteConsole {
  static let routes: [Route] = [
    action("os-getVNCConsole", vnc, ["novnc", "xvpvnc"]), action("os-getSPICEConsole", spice, ["spice-html5"]),
    action("os-getSerialConsole", serial, ["serial"]),
    .action(
      "/servers/:id/action", "os-getRDPConsole", "os_compute_api:os-remote-consoles:rdp", .unprotected, until: "2.5",
      access: .token, body: .unchecked, returns: 200
    ) { _ in throw unsupported },
    .post(
      "/servers/:server_id/remote-consoles", "os_compute_api:os-remote-consoles", .projectMember, since: "2.6",
      access: .resource, body: creation, returns: 200, run: create),
    .get(
      "/os-console-auth-tokens/:id", "os_compute_api:os-console-auth-tokens", .admin,
      query: Query([], refusesUnknownSince: "2.99"), run: show),
  ]

  /// What was for Hyper-V alone went with it.
  private static let unsupported = Fault.badRequest(
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    reason: .route)

  private static func action(_ name: String, _ access: Access, _ types: [String]) -> Route {
    .action(
      // The policy is asked before the server is looked up here, and here alone.
      "/servers/:id/action", name, "os_compute_api:os-remote-consoles", until: "2.5", access: .token,
      body: Body(name, [.string("type", in: types, .required)]), returns: 200
    ) { call in
      let type = call.input["type"]?.text ?? ""
      let url = try await open(access, type, of: call.parameter("id"), call)
      return .json { json in
        json.object("console") { json in
          json.member("type", type)
          json.member("url", url)
        }
      }
    }
  }

  private static let creation = Body(
    "remote_console", [Property("protocol", protocols, .required), Property("type", types, .required)])

  private static let protocols = Schema.byVersion { version in
    .string(in: ["vnc", "spice", "serial", "rdp"] + (version >= "2.8" ? ["mks"] : []))
  }

  private static let types = Schema.byVersion { version in
    .string(
      in: ["novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5"] + (version >= "2.8" ? ["webmks"] : [])
        + (version >= "2.99" ? ["spice-direct"] : []))
  }

  private static func create(_ call: Call) async throws -> Response {
    let (name, type) = (call.input["protocol"]?.text ?? "", call.input["type"]?.text ?? "")
    let access = [vnc, spice, serial, mks].first { $0.name == name }
    let url = try await open(access, type, of: call.parameter("server_id"), call)
    return .json { json in
      json.object("remote_console") { json in
        json.member("protocol", name)
        json.member("type", type)
        json.member("url", url)
      }
    }
  }

  /// Hands out an address with a token of its own.
  private static func open(_ access: Access?, _ type: String, of id: String, _ call: Call) async throws -> String {
    let settings = call.world.compute
    let token = call.world.identifiers.uuid()
    return try await call.world.write { db in
      let server = try Server.find(id, call, db)
      guard let access else { throw Fault.badRequest("Unavailable console type rdp.") }
      try server.refuseConsole(of: access.name)
      guard access.types.contains(where: settings.consoles.contains) else {
        throw Fault.badRequest("Unavailable console type \(type).", reason: .state)
      }
      guard access.types.contains(type) else { throw Fault.badRequest("Invalid console type \(type)") }
      let now = call.now
      try db.execute("DELETE FROM console_tokens WHERE expires_at <= ?", now.microseconds)
      try db.execute(
        """
        INSERT INTO console_tokens (token_hash, server_uuid, host, port, tls_port, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        hash(of: token), server.id, "127.0.0.1", access.firstPort + server.row % 1000,
        type == direct ? access.firstPort + 1000 + server.row % 1000 : nil,
        (now + .seconds(settings.consoleTokenTTL)).microseconds)
      return access.base(for: type) + token
    }
  }

  /// A server that is gone takes the addresses of its consoles along.
  static func forget(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try db.execute("DELETE FROM console_tokens WHERE server_uuid = ?", transition.resource)
  }

  private static func hash(of token: String) -> String {
    Identifiers.hex(Array(SHA256.hash(data: Array(token.utf8))))
  }

  /// What stands behind a token; before 2.31 only Hyper-V's consoles could be asked for.
  private static func show(_ call: Call) throws -> Response {
    guard call.version >= "2.31" else { throw unsupported }
    let found: RemoteConsole? = try call.world.read { db in
      try db.first(
        "SELECT \(columns) FROM console_tokens WHERE token_hash = ? AND expires_at > ?", hash(of: call.parameter("id")),
        call.now.microseconds)
    }
    guard let found else { throw Fault.notFound("Token not found") }
    return .json { json in
      json.object("console") { json in
        json.member("instance_uuid", found.serverID)
        json.member("host", found.host)
        json.member("port", found.port)
        json.member("internal_access_path", JSON.null)
        if call.version >= "2.99", let port = found.tlsPort { json.member("tls_port", port) }
      }
    }
  }
}

extension Server {
  /// A console needs a host, and a server that is neither leaving it nor on its way out.
  fileprivate func refuseConsole(of name: String) throws {
    guard host != nil else { throw Fault.conflict("Instance \(id) is not ready", reason: .state) }
    guard let task = state.task, [.deleting, .migrating].contains(task) else { return }
    throw Fault.conflict(
      "Cannot 'get_\(name)_console' instance \(id) while it is in task_state \(task.rawValue)", reason: .state)
  }
}

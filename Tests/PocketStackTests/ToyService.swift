import FixtureService
import HTTPServer
import OpenStackAPI
import Persistence
import PocketStack

/// A service of one table and a few routes, to see what a cloud does with services.
struct ToyService {
  var type = "toy"
  var rootSegments: [String] = []
  var seed: @Sendable (World) async throws -> Void = { world in
    _ = try await world.write { try $0.execute("INSERT INTO notes (text) VALUES ('seeded')") }
  }

  var service: Service {
    let routes: [Route] = [
      .get("/notes", "\(type):list", access: .open, run: list),
      .post("/notes/:text", "\(type):create", access: .open, returns: 201, run: create),
      .get("/where", "\(type):where", access: .open) { call in
        .json { json in
          json.member("service", call.exchange.service.type)
          json.member("world", call.world.name)
          json.member("base", call.exchange.base)
        }
      },
    ]
    let table = "CREATE TABLE notes (text TEXT NOT NULL)"
    return Service(
      type: type, name: type, mount: "/" + type, rootSegments: rootSegments, catalog: [],
      apis: [API(prefix: "", routes: routes), API(prefix: "v1", routes: routes)], dialect: ToyDialect(),
      authenticatesUnknownPaths: false, checksPolicyFirst: false,
      migrations: MigrationSet(component: type, migrations: type == "toy" ? [Migration(1, "notes", table)] : []),
      seed: seed)
  }

  private let list: Handler = { call in
    let notes = try call.world.read { try $0.query("SELECT text FROM notes ORDER BY rowid", as: String.self) }
    return .json { $0.member("notes", notes) }
  }

  private let create: Handler = { call in
    let text = call.parameter("text")
    _ = try await call.world.write { try $0.execute("INSERT INTO notes (text) VALUES (?)", text) }
    return .empty
  }
}

private struct ToyDialect: Dialect {
  func response(to fault: Fault, _ exchange: Exchange) -> Response {
    .text(fault.message, contentType: "text/plain", status: fault.status)
  }
  func unknownPath(_ exchange: Exchange) -> Response {
    .text(
      "\(exchange.service.type) knows no /\(exchange.segments.joined(separator: "/"))", contentType: "text/plain",
      status: 404)
  }
  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response {
    .text("no", contentType: "text/plain", status: 405)
  }
  func denied(_ rule: String) -> Fault { .forbidden(rule) }
  func malformedBody(_ error: JSONSyntaxError?) -> Fault { .badRequest("malformed") }
}

/// Nobody has a token.
struct NoTokens: TokenAuthority {
  var path: String { "/toy" }
  func authorization(for token: String, in world: World) throws -> Authorization { throw Fault.unauthorized }
  func projectExists(_ id: String, _ db: Connection) throws -> Bool { false }
  func identifiers(of kind: NamedKind, named name: String, _ db: Connection) throws -> [String] { [] }
}

extension CloudServices {
  /// A cloud of toys.
  static func toys(_ services: Service...) -> CloudServices {
    CloudServices(services + [FixtureService.service], crossings: Crossings(tokens: NoTokens()))
  }
}

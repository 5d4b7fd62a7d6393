import OpenStackAPI
import Persistence

/// One resource as it is in a world or was in a snapshot: what it is, whose, and since when.
struct ResourceRecord: Sendable {
  let service: String
  let kind: String
  let id: String
  let name: String?
  let project: String?
  let user: String?
  let createdAt: Timestamp?
  /// The id of the request that made it.
  var requestID: String?

  /// What is to be selected for it; the request that made it only where that is wanted.
  static func columns(of kind: ResourceKind, withRequest: Bool = false) -> String {
    [kind.id, kind.title, kind.project, kind.user, kind.created, withRequest ? kind.request : nil]
      .map { $0 ?? "NULL" }.joined(separator: ", ")
  }

  /// How many columns those are.
  static let columnCount = 6

  init(_ service: Service, _ kind: ResourceKind, _ row: inout Row) throws {
    (self.service, self.kind) = (service.type, kind.name)
    id = try row.next()
    name = try row.next()
    project = try row.next()
    user = try row.next()
    createdAt = try row.next()
    requestID = try row.next()
  }

  /// As the control interface shows it.
  var members: [(key: String, value: JSON)] {
    [
      ("service", .string(service)), ("resource", .string(kind)), ("id", .string(id)),
      ("name", name.map(JSON.string) ?? .null), ("project", project.map(JSON.string) ?? .null),
      ("user", user.map(JSON.string) ?? .null),
      ("created_at", createdAt.map { .string($0.text(.microsecondsZ)) } ?? .null),
    ]
  }
}

extension Service {
  /// Its kinds of resource, each with itself.
  fileprivate var kinds: [(service: Service, kind: ResourceKind)] { resources.map { (self, $0) } }
}

extension WorldRegistry {
  /// All kinds of resource of all services.
  var kinds: [(service: Service, kind: ResourceKind)] { services.flatMap(\.kinds) }
}

import Crypto
import OpenStackAPI

/// The services of a cloud as its tokens list them. Their addresses begin with the one that the client used, so that a
/// cloud works behind any name and port, and a world's catalog stays inside that world.
struct Catalog: Sendable {
  private struct Entry: Sendable {
    let service: CatalogEntry
    let id: String
    let endpoints: [(id: String, interface: String)]

    /// Whether the address names the project.
    var needsProject: Bool { service.path.contains("$(") || service.path.contains("%(") }
  }

  private let entries: [Entry]
  private static let interfaces = ["public", "internal", "admin"]

  private init(_ services: [CatalogEntry], in world: World) {
    entries = services.map { service in
      let endpoints = Self.interfaces.map { interface in
        (id: Self.id(world.name, service.type, interface), interface: interface)
      }
      return Entry(service: service, id: Self.id(world.name, service.type), endpoints: endpoints)
    }
  }

  private final class Kept: Sendable {
    let catalog: Catalog
    init(_ catalog: Catalog) { self.catalog = catalog }
  }

  /// A world's catalog.
  static func of(_ world: World, _ services: [CatalogEntry]) -> Catalog {
    world.remembered { Kept(Catalog(services, in: world)) }.catalog
  }

  /// Ids are made from the names, so that they are the same whenever a world of this name is started.
  private static func id(_ names: String...) -> String {
    let digest = SHA256.hash(data: Array(names.joined(separator: "/").utf8))
    return Identifiers.hex(Array(digest.prefix(16)))
  }

  /// Writes the list for a scope. What needs a project is left out where there is none.
  func write(to json: inout JSONWriter, origin: String, region: String, projectID: String?) {
    json.array { json in
      for entry in entries where projectID != nil || !entry.needsProject {
        let url = origin + Self.filled(entry.service.path, projectID)
        json.object { json in
          json.array("endpoints") { json in
            for endpoint in entry.endpoints { write(endpoint, url, region, to: &json) }
          }
          json.member("id", entry.id)
          json.member("type", entry.service.type)
          json.member("name", entry.service.name)
        }
      }
    }
  }

  private func write(
    _ endpoint: (id: String, interface: String), _ url: String, _ region: String, to json: inout JSONWriter
  ) {
    json.object { json in
      json.member("id", endpoint.id)
      json.member("interface", endpoint.interface)
      json.member("region_id", region)
      json.member("url", url)
      json.member("region", region)
    }
  }

  /// `$(project_id)s` and the older `%(tenant_id)s`.
  private static func filled(_ path: String, _ projectID: String?) -> String {
    guard let projectID, let start = path.firstIndex(where: { $0 == "$" || $0 == "%" }),
      let end = path[start...].firstIndex(of: ")")
    else { return path }
    let after = path.index(after: end)
    let rest = path[after...].hasPrefix("s") ? path[path.index(after: after)...] : path[after...]
    return path[..<start] + projectID + rest
  }
}

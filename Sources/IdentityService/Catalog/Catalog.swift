import Locking
import OpenStackAPI
import Persistence

/// The services of a cloud as its tokens list them: what the rows say, with every template taken apart, kept in memory
/// until one of the rows changes.
struct Catalog: Sendable {
  private struct ListedService: Sendable {
    let id: String
    let type: String
    let name: String
    var endpoints: [ListedEndpoint] = []
  }

  private struct ListedEndpoint: Sendable {
    let id: String
    let interface: String
    let regionID: String?
    let url: EndpointURL
    /// Whether the address begins with that of the client.
    let isPath: Bool
    let extra: RawJSON
  }

  private let services: [ListedService]
  /// The endpoints of projects that have some of their own (OS-EP-FILTER); other projects have all.
  private let chosen: [String: Set<String>]

  /// The clouds that tokens name as those which take this one's word for its users.
  private let serviceProviders: [ServiceProvider]

  /// A world's catalog as it is now.
  static func of(_ world: World) throws -> Catalog { try world.remembered { KeptCatalog() }.catalog(world) }

  fileprivate init(_ db: Connection) throws {
    let services = try db.query(
      "SELECT \(CatalogService.columns) FROM services WHERE enabled ORDER BY number", as: CatalogService.self)
    let endpoints = try db.query(
      "SELECT \(Endpoint.columns) FROM endpoints WHERE enabled ORDER BY number", as: Endpoint.self)
    let byService = Dictionary(grouping: endpoints, by: \.serviceID)
    self.services = services.map { service in
      ListedService(
        id: service.id, type: service.type, name: service.name,
        endpoints: (byService[service.id] ?? []).compactMap(Self.listed))
    }
    var chosen: [String: Set<String>] = [:]
    for (project, endpoint) in try EndpointFilter.all(db) { chosen[project, default: []].insert(endpoint) }
    self.chosen = chosen
    serviceProviders = try db.query(
      "SELECT \(ServiceProvider.columns) FROM service_providers WHERE enabled ORDER BY number", as: ServiceProvider.self
    )
  }

  /// An endpoint as it is listed; one with a malformed address is not (keystone.catalog.backends.sql, get_v3_catalog).
  private static func listed(_ endpoint: Endpoint) -> ListedEndpoint? {
    guard let url = EndpointURL(endpoint.url) else { return nil }
    return ListedEndpoint(
      id: endpoint.id, interface: endpoint.interface, regionID: endpoint.regionID, url: url,
      isPath: EndpointURL.isPath(endpoint.url), extra: endpoint.extra)
  }

  /// Writes the list for a caller. An endpoint that needs a project is left out where there is none. For a project with
  /// endpoints of its own services without any are left out too; otherwise they are there, with none.
  func write(to json: inout JSONWriter, at addresses: ServiceAddresses, projectID: String?, userID: String) {
    let only = projectID.flatMap { chosen[$0] }
    json.array { json in
      for service in services where only == nil || service.endpoints.contains(where: { only?.contains($0.id) == true })
      {
        json.object { json in
          json.array("endpoints") { json in
            for endpoint in service.endpoints where only?.contains(endpoint.id) ?? true {
              guard let url = endpoint.url.text(projectID: projectID, userID: userID) else { continue }
              Self.write(endpoint, endpoint.isPath ? addresses.address(of: url) : url, to: &json)
            }
          }
          json.member("id", service.id)
          json.member("type", service.type)
          json.member("name", service.name)
        }
      }
    }
  }

  /// Writes `service_providers` into the object that is open, if there are any.
  func writeServiceProviders(to json: inout JSONWriter) {
    guard !serviceProviders.isEmpty else { return }
    json.array("service_providers") { json in
      for provider in serviceProviders {
        json.object { json in
          json.member("auth_url", provider.authURL)
          json.member("id", provider.id)
          json.member("sp_url", provider.address)
        }
      }
    }
  }

  private static func write(_ endpoint: ListedEndpoint, _ url: String, to json: inout JSONWriter) {
    json.object { json in
      json.members(of: endpoint.extra)
      json.member("id", endpoint.id)
      json.member("interface", endpoint.interface)
      json.member("region_id", endpoint.regionID)
      json.member("url", url)
      json.member("region", endpoint.regionID)
    }
  }
}

/// The catalog of a world, for as long as its rows stay the same.
private final class KeptCatalog: Sendable {
  private struct Kept: Sendable {
    let catalog: Catalog
    /// The database's version, and a number that changes with every change of the tables.
    var version: UInt64
    let stamp: UInt64
  }

  private static let tables = [
    "services", "endpoints", "endpoint_groups", "project_endpoints", "project_endpoint_groups", "service_providers",
  ]

  private let kept = Locked<Kept?>(nil)

  /// Mostly nothing has changed, which is one number to compare.
  func catalog(_ world: World) throws -> Catalog {
    // Taken before the rows are read, so that what is kept is never older than it says.
    let version = world.database.version
    if let kept = kept.withLock({ $0 }), kept.version == version { return kept.catalog }
    let stamp = Self.tables.reduce(0) { $0 &+ world.database.tableVersion($1) }
    let known = kept.withLock { kept in
      if kept?.stamp == stamp { kept?.version = version }
      return kept?.stamp == stamp ? kept?.catalog : nil
    }
    if let known { return known }
    let catalog = try world.read { try Catalog($0) }
    kept.withLock { $0 = Kept(catalog: catalog, version: version, stamp: stamp) }
    return catalog
  }
}

import HTTPServer
import Persistence

/// One OpenStack service as a value: where it lives, what it serves, and what it keeps. Adding a service to a cloud is
/// adding its value to the list in `PocketStack`.
public struct Service: Sendable {
  /// The type in the catalog: `compute`.
  public let type: String
  /// The project's name: `nova`.
  public let name: String
  /// The path it lives under: `/compute`.
  public let mount: String
  /// First segments that lead to it without the mount: `v2.1`. An empty text stands for the root itself.
  public let rootSegments: [String]
  /// Its entries in the catalog.
  public let catalog: [CatalogEntry]
  /// Its APIs; the first whose prefix fits a path serves it.
  public let apis: [API]
  /// How it words refusals.
  public let dialect: any Dialect
  /// Whether a path that it does not have asks for a token first.
  public let authenticatesUnknownPaths: Bool
  /// What refuses too large bodies in front of it.
  public let bodyFilter: BodyFilter
  /// Whether the policy is asked before the body is looked at.
  public let checksPolicyFirst: Bool
  /// Whether a path with a slash at its end is another one, which the service does not have (`/v2/images/`).
  public let refusesTrailingSlash: Bool
  /// Whether it answers HEAD as GET, without the body.
  public let headIsGET: Bool
  /// Whether its requests make and end worlds, and so must not keep one from ending.
  public let controlsWorlds: Bool
  /// The kinds of token that its operations take unless their rules say otherwise.
  public let scopes: TokenScopes
  /// The policy rules that no route stands for.
  public let rules: [String: PolicyRule]
  /// Its tables.
  public let migrations: MigrationSet
  /// What carries its transitions out, by kind.
  public let transitions: [String: TransitionHandler]
  /// What carries out those of its transitions that take more than a transaction, by kind.
  public let works: [String: TransitionWork]
  /// The kinds of its resources.
  public let resources: [ResourceKind]
  /// What it tells of changes.
  public let notifications: [NotificationSource]
  /// Reads its part of the configuration: its section, named by its type, and its keys of `seed`.
  public let configure: @Sendable (Configuration, inout Settings) throws -> Void
  /// Fills a new cloud with what the configuration's `seed` says.
  public let seed: @Sendable (World) async throws -> Void
  /// Puts in order what an earlier run may have left half done.
  public let recover: @Sendable (World) async throws -> Void

  /// A service.
  public init(
    type: String, name: String, mount: String, rootSegments: [String] = [], catalog: [CatalogEntry], apis: [API],
    dialect: any Dialect, authenticatesUnknownPaths: Bool, bodyFilter: BodyFilter = .none, checksPolicyFirst: Bool,
    refusesTrailingSlash: Bool = false, headIsGET: Bool = false, controlsWorlds: Bool = false,
    scopes: TokenScopes = .all, rules: [String: PolicyRule] = [:],
    migrations: MigrationSet,
    transitions: [String: TransitionHandler] = [:], works: [String: TransitionWork] = [:],
    resources: [ResourceKind] = [], notifications: [NotificationSource] = [],
    configure: @escaping @Sendable (Configuration, inout Settings) throws -> Void = { _, _ in },
    seed: @escaping @Sendable (World) async throws -> Void = { _ in },
    recover: @escaping @Sendable (World) async throws -> Void = { _ in }
  ) {
    (self.type, self.name, self.mount, self.rootSegments) = (type, name, mount, rootSegments)
    (self.catalog, self.apis, self.dialect) = (catalog, apis, dialect)
    (self.authenticatesUnknownPaths, self.checksPolicyFirst) = (authenticatesUnknownPaths, checksPolicyFirst)
    (self.refusesTrailingSlash, self.headIsGET) = (refusesTrailingSlash, headIsGET)
    (self.controlsWorlds, self.bodyFilter) = (controlsWorlds, bodyFilter)
    (self.scopes, self.resources, self.notifications) = (scopes, resources, notifications)
    (self.rules, self.migrations, self.transitions, self.works) = (rules, migrations, transitions, works)
    (self.configure, self.seed, self.recover) = (configure, seed, recover)
  }

  /// All its routes.
  public var routes: [Route] { apis.flatMap(\.routes) }

  /// Every policy rule it asks for, by name, with the kinds of token that it takes.
  public var declaredRules: [String: PolicyRule] {
    rules.merging(routes.map { ($0.operation, $0.rule) }) { first, _ in first }.mapValues {
      $0.only($0.scopes ?? scopes)
    }
  }
}

/// One entry of the catalog that tokens carry.
public struct CatalogEntry: Sendable, Hashable {
  /// The type: `compute`.
  public let type: String
  /// The name: `nova`.
  public let name: String
  /// The path of the endpoint; `$(project_id)s` stands for the project of the token.
  public let path: String
  /// The paths that it had in the releases before each of these.
  private let earlier: [Release: String]

  /// An entry. Before a release of `earlier` its path was that one.
  public init(type: String, name: String, path: String, before earlier: [Release: String] = [:]) {
    (self.type, self.name, self.path, self.earlier) = (type, name, path, earlier)
  }

  /// The path in a release.
  public func path(in release: Release) -> String {
    earlier.filter { release < $0.key }.min { $0.key < $1.key }?.value ?? path
  }

  /// All paths that it ever had.
  public var paths: [String] { [path] + earlier.values.sorted() }
}

/// The routes below one prefix of a service.
public struct API: Sendable {
  /// The first segment: `v2.1`; empty for routes at the service's root.
  public let prefix: String
  /// The routes, their paths below the prefix.
  public let routes: [Route]
  let router: Router
  package let microversions: Microversions?
  /// The version that counts where none is negotiated.
  package let fixedVersion: Version
  let projectInPath: Bool
  /// Whether members of bodies that no schema names are dropped rather than refused.
  let dropsUnknownMembers: Bool
  /// Whether a world has it.
  let isServed: @Sendable (World) -> Bool

  /// Routes below a prefix. With `projectInPath` the prefix may be followed by a project's id. A world for which
  /// `isServed` says no does not know the paths.
  public init(
    prefix: String, routes: [Route], microversions: Microversions? = nil, fixedVersion: Version = Version(0, 0),
    projectInPath: Bool = false, dropsUnknownMembers: Bool = false,
    isServed: @escaping @Sendable (World) -> Bool = { _ in true }
  ) {
    (self.prefix, self.routes, self.microversions) = (prefix, routes, microversions)
    (self.fixedVersion, self.projectInPath, self.isServed) = (fixedVersion, projectInPath, isServed)
    self.dropsUnknownMembers = dropsUnknownMembers
    router = Router(routes)
  }
}

/// How a service negotiates microversions.
public struct Microversions: Sendable {
  /// The service's word in `OpenStack-API-Version`.
  public let service: String
  /// The service's older header of its own.
  public let legacyHeader: String?
  /// The oldest version, which also counts where the client asks for none.
  public let minimum: Version
  /// The newest version of the cloud's release.
  public let maximum: @Sendable (World) -> Version

  /// How a service negotiates.
  public init(
    service: String, legacyHeader: String?, minimum: Version, maximum: @escaping @Sendable (World) -> Version
  ) {
    (self.service, self.legacyHeader, self.minimum, self.maximum) = (service, legacyHeader, minimum, maximum)
  }

  /// The version a client asks for: in the common header, in the service's own, or none.
  func requested(_ headers: HTTPHeaders) -> String? {
    for line in headers.values("OpenStack-API-Version") {
      for entry in line.split(separator: ",") {
        let words = entry.split(separator: " ")
        if words.count == 2, words[0].lowercased() == service { return String(words[1]) }
      }
    }
    return legacyHeader.flatMap { headers[$0] }.map { String($0.drop { $0 == " " }) }
  }

  /// The version that counts for a request; `echo` is what the answer's headers say of a refusal.
  func negotiate(_ headers: HTTPHeaders, _ world: World) throws(VersionRefusal) -> Version {
    guard let text = requested(headers), !text.isEmpty else { return minimum }
    let maximum = maximum(world)
    if text == "latest" { return maximum }
    guard let version = Version(text), version.major > 0 else {
      throw VersionRefusal(
        fault: Fault(
          400, "API Version String \(text) is of invalid format. Must be of format MajorNum.MinorNum.",
          reason: .version
        ).because(["asked": .string(text)]), echo: nil)
    }
    guard version >= minimum, version <= maximum else {
      throw VersionRefusal(
        fault: Fault(
          406,
          "Version \(version) is not supported by the API. Minimum is \(minimum) and maximum is \(maximum).",
          reason: .version
        ).because([
          "asked": .string(text), "minimum": .string(minimum.description), "maximum": .string(maximum.description),
        ]), echo: version)
    }
    return version
  }
}

/// A version that the service does not speak.
struct VersionRefusal: Error {
  let fault: Fault
  let echo: Version?
}

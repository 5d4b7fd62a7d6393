import HTTPServer
import OpenStackAPI
import PocketStack

/// A line of a route table, with where it is served and what the tables do not say of it.
struct Row {
  /// A segment of a path.
  enum Segment {
    case literal(String)
    case parameter(Parameter)
  }

  /// A parameter of a path.
  struct Parameter {
    let name: String
    /// What it is the id of.
    let kind: String
    /// The segment before it.
    let collection: String
    /// The pattern of the path that ends with it.
    let pattern: String
  }

  let service: Service
  let api: API
  let route: Route
  /// What stands for it in files and messages: `POST /compute/v2.1/servers/:id/action os-start`.
  let name: String
  let segments: [Segment]
  /// The service and the path without the API's prefix and the parameters' names: `compute /servers/:`. Rows of two
  /// versions of an API share it.
  let pattern: String
  /// By which `Recipe.all` knows it; the same for all versions of an API.
  let recipeName: String
  let recipe: Recipe
  /// Whether it is of an API that has a successor.
  let isLegacy: Bool

  init(_ service: Service, _ api: API, _ route: Route) {
    (self.service, self.api, self.route) = (service, api, route)
    let prefix = service.mount + (api.prefix.isEmpty ? "" : "/" + api.prefix)
    let action = route.action.map { " " + $0 } ?? ""
    name = "\(route.method) \(prefix)\(route.path)\(action)"
    var pattern = service.type + " "
    var last = ""
    var segments: [Segment] = []
    for word in route.path.split(separator: "/") {
      if word.hasPrefix(":") {
        pattern += "/:"
        let name = String(word.dropFirst())
        let kind = Kind.of(segment: last, parameter: name)
        segments.append(.parameter(Parameter(name: name, kind: kind, collection: last, pattern: pattern)))
      } else {
        pattern += "/" + word
        last = String(word)
        segments.append(.literal(last))
      }
    }
    self.segments = segments
    self.pattern = pattern
    isLegacy = ["v2.0", "v2"].contains(api.prefix) && service.type != "image"
    let type = api.prefix == "v2.0" ? "identity-v2" : service.type
    recipeName = "\(type) \(route.method) \(route.path)\(action)"
    recipe = (api.prefix == "v2" ? Recipe.all["v2 " + recipeName] : nil) ?? Recipe.all[recipeName] ?? Recipe()
  }

  /// The parameters of the path, outermost first.
  var parameters: [Parameter] {
    segments.compactMap { if case .parameter(let parameter) = $0 { parameter } else { nil } }
  }

  /// Whether an answer is what the route is for: the lists of versions are a 300.
  func isSuccess(_ status: Int) -> Bool { (200..<300).contains(status) || status == route.returns["2.1"] }
  /// Whether the path ends with a parameter, and so is one thing's.
  var isOfOne: Bool { pattern.hasSuffix("/:") }
  /// Whether it takes a snapshot's bytes.
  var isImport: Bool { service.controlsWorlds && pattern.hasSuffix("/import") }
  /// Whether nothing changes.
  var isRead: Bool { route.method == .get || route.method == .head }

  /// All routes of all services, in the order of the tables. An API of one version shares its table with another, and has
  /// not all of it.
  static let all = CloudServices.standard.all.flatMap { service in
    service.apis.flatMap { api in
      api.routes.filter { api.microversions != nil || $0.versions.contains(api.fixedVersion) }
        .map { Row(service, api, $0) }
    }
  }
}

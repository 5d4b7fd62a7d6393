import HTTPServer

/// Finds the routes of a path: a tree of segments, built once from the tables.
public struct Router: Sendable {
  private struct Node: Sendable {
    var literals: [String: Int] = [:]
    /// The node behind a parameter.
    var parameter: Int?
    var routes: [(method: HTTPMethod, routes: [Candidate])] = []
  }

  /// A route with the names of its parameters, outermost first.
  struct Candidate: Sendable {
    let route: Route
    let parameters: [String]
    /// The same route for the journal.
    let journaled: JournalRoute
  }

  /// What a path and a method lead to.
  enum Match: Sendable {
    /// Routes that share path and method and differ in version or action, with the values of the path's parameters.
    case found([Candidate], values: [String])
    /// The path exists under other methods.
    case wrongMethod(allowed: [HTTPMethod])
    case none
  }

  private var nodes = [Node()]

  /// A router over a table.
  public init(_ routes: [Route]) {
    for route in routes { insert(route) }
  }

  private mutating func insert(_ route: Route) {
    var place = 0
    var parameters: [String] = []
    for segment in route.path.split(separator: "/") {
      if segment.hasPrefix(":") {
        parameters.append(String(segment.dropFirst()))
        place = nodes[place].parameter ?? child(of: place) { $0.parameter = $1 }
      } else {
        let name = String(segment)
        place = nodes[place].literals[name] ?? child(of: place) { $0.literals[name] = $1 }
      }
    }
    let candidate = Candidate(route: route, parameters: parameters, journaled: JournalRoute(route))
    if let index = nodes[place].routes.firstIndex(where: { $0.method == route.method }) {
      nodes[place].routes[index].routes.append(candidate)
    } else {
      nodes[place].routes.append((route.method, [candidate]))
    }
  }

  private mutating func child(of parent: Int, link: (inout Node, Int) -> Void) -> Int {
    nodes.append(Node())
    link(&nodes[parent], nodes.count - 1)
    return nodes.count - 1
  }

  /// Looks a path up, given as decoded segments. A literal segment comes before a parameter. With `headIsGET` a HEAD
  /// without a route of its own is a GET.
  func match(_ method: HTTPMethod, _ segments: ArraySlice<String>, headIsGET: Bool) -> Match {
    var values: [String] = []
    guard let place = find(segments, from: 0, &values) else { return .none }
    let routes = nodes[place].routes
    if let found = routes.first(where: { $0.method == method })
      ?? (method == .head && headIsGET ? routes.first { $0.method == .get } : nil)
      ?? routes.first(where: { $0.routes.contains(where: \.route.takesAnyMethod) })
    {
      return .found(found.routes, values: values)
    }
    return .wrongMethod(allowed: routes.map(\.method))
  }

  private func find(_ segments: ArraySlice<String>, from place: Int, _ values: inout [String]) -> Int? {
    guard let segment = segments.first else { return nodes[place].routes.isEmpty ? nil : place }
    let rest = segments.dropFirst()
    if let next = nodes[place].literals[segment], let found = find(rest, from: next, &values) { return found }
    guard let next = nodes[place].parameter, !segment.isEmpty else { return nil }
    values.append(segment)
    if let found = find(rest, from: next, &values) { return found }
    values.removeLast()
    return nil
  }
}

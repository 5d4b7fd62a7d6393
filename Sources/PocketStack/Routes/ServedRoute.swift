import OpenStackAPI

/// One line of the table of what is served, read from the tables that the routers use.
public struct ServedRoute: Sendable {
  /// The service's type: `compute`.
  public let service: String
  /// The HTTP method.
  public let method: String
  /// The path below the service's mount, with `{name}` for a parameter.
  public let path: String
  /// The member of the body that selects the route; empty for all but actions.
  public let action: String
  /// The upstream policy rule that names the operation.
  public let operation: String
  /// Who may call by default: the rule's text, or `-` where no token is needed.
  public let rule: String
  /// The versions that have the route: `2.1`, `2.1-2.35`, or empty for all.
  public let versions: String

  init(_ service: Service, _ api: API, _ route: Route) {
    self.service = service.type
    method = route.method.rawValue
    let below = route.path.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
    path = "/" + ((api.prefix.isEmpty ? [] : [api.prefix]) + below).joined(separator: "/")
    action = route.action ?? ""
    operation = route.operation
    rule = route.access == .open ? "-" : route.rule.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    versions = Self.text(route.versions)
  }

  private static func text(_ range: VersionRange) -> String {
    switch (range.since, range.until) {
    case (nil, nil): ""
    case (let since?, nil): "\(since)-"
    case (nil, let until?): "-\(until)"
    case (let since?, let until?): "\(since)-\(until)"
    }
  }
}

extension CloudServices {
  /// What is served, service by service, in the order of the tables.
  public func routes(of type: String? = nil) -> [ServedRoute] {
    all.filter { type == nil || $0.type == type }.flatMap { service in
      service.apis.flatMap { api in api.routes.map { ServedRoute(service, api, $0) } }
    }
  }

  /// The table as text in columns.
  public func routeList(of type: String? = nil) -> String {
    let header = ["SERVICE", "METHOD", "PATH", "ACTION", "VERSIONS", "OPERATION", "WHO"]
    let rows = routes(of: type).map { route in
      [route.service, route.method, route.path, route.action, route.versions, route.operation, route.rule]
    }
    return TextTable([header] + rows).text
  }
}

/// Rows in columns as wide as their widest cell.
public struct TextTable {
  /// The rows, a line each.
  public let text: String

  /// A table of these rows; the first may be a header.
  public init(_ rows: [[String]]) {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    text = rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        line += cell + String(repeating: " ", count: widths[column] - cell.count + 2)
      }
      while line.hasSuffix(" ") { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}

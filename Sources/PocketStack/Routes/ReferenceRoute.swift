import OpenStackAPI

/// One route that the real service has, as `docs/reference-routes/<service>.tsv` lists it.
struct ReferenceRoute {
  let method: String
  let path: String
  let action: String
  let since: String
  let tier: String

  /// Reads the five columns of a line.
  init?(_ line: Substring) {
    let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    guard cells.count == 5 else { return nil }
    (method, path, action, since, tier) = (cells[0], cells[1], cells[2], cells[3], cells[4])
  }

  /// All lines of a service's file but its header; none where there is no file.
  static func read(_ service: String, in directory: String) throws -> [ReferenceRoute] {
    let file = "\(directory)/\(service).tsv"
    let text: String
    do {
      text = String(decoding: try File.read(file), as: UTF8.self)
    } catch {
      throw ConfigurationError("\(file): \(error)")
    }
    return try text.split(separator: "\n").dropFirst().map { line in
      guard let route = ReferenceRoute(line) else { throw ConfigurationError("\(file): expected 5 columns: \(line)") }
      return route
    }
  }

  /// What makes two routes the same, whatever their parameters are called.
  var key: RouteKey { RouteKey(method: method, path: path, action: action) }
}

/// A method, a path without the names of its parameters, and an action.
struct RouteKey: Hashable {
  let method: String
  let path: [String]
  let action: String

  init(method: String, path: String, action: String) {
    (self.method, self.action) = (method, action)
    self.path = path.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
  }
}

extension ServedRoute {
  var key: RouteKey { RouteKey(method: method, path: path, action: action) }
}

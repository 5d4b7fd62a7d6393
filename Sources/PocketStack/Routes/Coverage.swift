import OpenStackAPI

/// The table of what is served set against what the real services have: `docs/COVERAGE.md`.
public struct Coverage {
  typealias Row = (reference: ReferenceRoute, isServed: Bool)

  struct Section {
    let service: String
    let rows: [Row]
    let extras: [ServedRoute]
  }

  /// The services in the order of the document, each with a file of reference routes.
  static let order = [
    "identity", "compute", "image", "network", "block-storage", "placement", "object-store", "orchestration",
    "metric", "alarming", "dashboard",
  ]

  private let sections: [Section]

  /// Compares with the lists in a directory.
  public init(_ services: CloudServices, references directory: String) throws {
    sections = try Self.order.map { type in
      Section(type, served: services.routes(of: type), try ReferenceRoute.read(type, in: directory))
    }
  }

  /// The document.
  public var markdown: String {
    var text = """
      # What is served

      Made by `make coverage` from the route tables that the server itself uses, set against lists of what the real
      services have (`docs/reference-routes`). Do not edit it; change a route table and run `make coverage`.

      Tiers: A is used by the command-line clients, the SDK's and Horizon's basic flows or Tempest; B by the clients'
      and the SDK's wider tests; C is the rest. Compute's routes are told apart by their life instead: `live` in today's
      Nova, `ended` (served up to some microversion), `gone` (answers 410 Gone).

      | service | \(Self.tiers.joined(separator: " | ")) | all |
      |---|\(Self.tiers.map { _ in "---:|" }.joined())---:|

      """
    for section in sections { text += Self.summary(section) }
    text += "\nEach cell: served / known routes.\n"
    for section in sections where section.rows.contains(where: \.isServed) { text += Self.table(section) }
    return text
  }

  private static let tiers = ["A", "B", "C", "live", "ended", "gone"]

  private static func summary(_ section: Section) -> String {
    let cells = tiers.map { tier in count(section.rows.filter { $0.reference.tier == tier }) }
    return "| \(section.service) | \(cells.joined(separator: " | ")) | \(count(section.rows)) |\n"
  }

  private static func count(_ rows: [Row]) -> String {
    rows.isEmpty ? "" : "\(rows.count(where: \.isServed)) / \(rows.count)"
  }

  private static func table(_ section: Section) -> String {
    var text =
      "\n## \(section.service)\n\n| served | method | path | action | since | tier |\n|---|---|---|---|---|---|\n"
    for (route, isServed) in section.rows {
      let cells = [isServed ? "yes" : "", route.method, "`\(route.path)`", route.action, route.since, route.tier]
      text += "| \(cells.joined(separator: " | ")) |\n"
    }
    guard !section.extras.isEmpty else { return text }
    text += "\nServed beyond the list: "
    text += section.extras.map { "`\($0.method) \($0.path)\($0.action.isEmpty ? "" : " " + $0.action)`" }.joined(
      separator: ", ")
    return text + "\n"
  }
}

extension Coverage.Section {
  init(_ service: String, served: [ServedRoute], _ references: [ReferenceRoute]) {
    var keys = Set(served.map(\.key))
    for route in served where route.method == "GET" {
      keys.insert(RouteKey(method: "HEAD", path: route.path, action: ""))
    }
    let known = Set(references.map(\.key))
    var extras: [ServedRoute] = []
    for route in served where !known.contains(route.key) && !extras.contains(where: { $0.key == route.key }) {
      // What is known under another version's prefix (Nova's /v2 for /v2.1) is no addition.
      let isAlias = known.contains { other in
        other.path.count > 1 && other.path.dropFirst() == route.key.path.dropFirst() && other.method == route.method
          && other.action == route.action
      }
      if !isAlias { extras.append(route) }
    }
    self.init(
      service: service, rows: references.map { ($0, keys.contains($0.key)) }, extras: extras)
  }
}

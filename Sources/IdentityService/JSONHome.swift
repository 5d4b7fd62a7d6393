import HTTPServer
import OpenStackAPI

/// The JSON-home document: the routes that exist, by the relations that the Identity API gives them
/// (draft-nottingham-json-home; Identity API v3, "JSON Home").
struct JSONHome: Sendable {
  private static let base = "https://docs.openstack.org/api/openstack-identity/3/"
  private static let mediaType = "application/json-home"

  private struct Resource: Sendable {
    let relation: String
    let path: String
    let parameters: [String]
  }

  private let resources: [Resource]

  /// The document of some routes.
  init(_ routes: [Route]) {
    var seen: Set<String> = ["/"]
    resources = routes.map(\.path).filter { seen.insert($0).inserted }.map { path in
      let segments = path.split(separator: "/")
      return Resource(
        relation: Self.relation(of: segments),
        path: segments.map { "/" + ($0.hasPrefix(":") ? "{\($0.dropFirst())}" : $0) }.joined(),
        parameters: segments.filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) })
    }
  }

  /// `/users/:user_id/projects` is `user_projects`: what an id follows is one of its kind.
  private static func relation(of segments: [Substring]) -> String {
    segments.indices.filter { !segments[$0].hasPrefix(":") }.map { index in
      let isOne = index + 1 < segments.count && segments[index + 1].hasPrefix(":")
      return String(isOne && segments[index].hasSuffix("s") ? segments[index].dropLast() : segments[index])
    }.joined(separator: "_")
  }

  /// The document, its paths below a prefix.
  func response(prefix: String, status: Int) -> Response {
    .json(status: status, contentType: Self.mediaType) { json in
      json.object("resources") { json in
        for resource in resources {
          json.key("\(Self.base)rel/\(resource.relation)")
          json.object { json in
            guard !resource.parameters.isEmpty else { return json.member("href", prefix + resource.path) }
            json.member("href-template", prefix + resource.path)
            json.object("href-vars") { json in
              for name in resource.parameters {
                json.key(name)
                json.value("\(Self.base)param/\(name)")
              }
            }
          }
        }
      }
    }
  }

  /// Whether a client would rather have this document than plain JSON (RFC 9110 section 12.5.1).
  static func isPreferred(_ request: HTTPRequest) -> Bool {
    let ranges = request.headers.values("Accept").flatMap { $0.split(separator: ",") }.map(MediaRange.init)
    guard let home = ranges.first(where: { $0.type == mediaType })?.quality, home > 0 else { return false }
    let plain =
      ranges.first { $0.type == "application/json" } ?? ranges.first { $0.type == "application/*" }
      ?? ranges.first { $0.type == "*/*" }
    return home > plain?.quality ?? 0
  }
}

private struct MediaRange {
  let type: String
  let quality: Double

  init(_ text: Substring) {
    let parts = text.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
    type = parts.first ?? ""
    quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
  }
}

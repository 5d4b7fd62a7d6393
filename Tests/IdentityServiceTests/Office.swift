import HTTPServer
import OpenStackAPI

/// A cloud with its administrator's token, for tests that mostly act as such.
struct Office: Sendable {
  let cloud: TestCloud
  let token: String

  init(_ configuration: JSON = [:]) async throws {
    cloud = try await TestCloud(configuration)
    token = await cloud.token("admin", project: "admin")
  }

  /// Sends a request as the administrator, or with another token.
  func send(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil, as other: String? = nil) async -> Answer {
    await cloud.send(method, "/v3" + path, token: other ?? token, body: body)
  }

  /// Makes something with a name; its id.
  func make(_ kind: String, _ name: String, _ members: JSON = [:]) async -> String {
    var object = members.object ?? JSONObject()
    object["name"] = .string(name)
    let answer = await send(.post, "/\(kind)s", .object(JSONObject([(key: kind, value: .object(object))])))
    return answer[kind, "id"] ?? ""
  }

  /// The id of something that the seed made.
  func id(_ table: String, _ name: String) throws -> String {
    try cloud.value("SELECT id FROM \(table) WHERE name = ?", name)
  }
}

import HTTPServer
import OpenStackAPI

/// Sends requests below one path with the same headers.
public struct TestClient: Sendable {
  let transport: any Transport
  let base: String
  /// What every request carries: the token, the microversion.
  public var headers: [(name: String, value: String)] = []

  init(transport: any Transport, base: String) { (self.transport, self.base) = (transport, base) }

  /// `GET`.
  public func get(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
    try await send("GET", path, headers: headers)
  }

  /// `HEAD`.
  public func head(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
    try await send("HEAD", path, headers: headers)
  }

  /// `DELETE`.
  public func delete(_ path: String, headers: [(String, String)] = []) async throws -> Answer {
    try await send("DELETE", path, headers: headers)
  }

  /// `POST` of JSON.
  public func post(_ path: String, _ body: JSON, headers: [(String, String)] = []) async throws -> Answer {
    try await send("POST", path, json: body, headers: headers)
  }

  /// `PUT` of JSON.
  public func put(_ path: String, _ body: JSON, headers: [(String, String)] = []) async throws -> Answer {
    try await send("PUT", path, json: body, headers: headers)
  }

  /// `PATCH` with JSON.
  public func patch(_ path: String, _ body: JSON, headers: [(String, String)] = []) async throws -> Answer {
    try await send("PATCH", path, json: body, headers: headers)
  }

  private func send(_ method: String, _ path: String, json: JSON, headers: [(String, String)]) async throws -> Answer {
    let hasType = headers.contains { $0.0.lowercased() == "content-type" }
    let type = hasType ? [] : [("Content-Type", "application/json")]
    return try await send(method, path, body: Array(json.jsonText.utf8), headers: type + headers)
  }

  /// Any request. A header given here replaces the client's own of the same name.
  public func send(
    _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = []
  ) async throws -> Answer {
    let replaced = Set(headers.map { $0.0.lowercased() })
    var all = HTTPHeaders()
    for (name, value) in self.headers where !replaced.contains(name.lowercased()) { all.add(name, value) }
    for (name, value) in headers { all.add(name, value) }
    return try await transport.send(HTTPMethod(rawValue: method), base + path, all, body)
  }
}

/// What came back.
public struct Answer: Sendable, CustomStringConvertible {
  /// The request line, for messages.
  let request: String
  /// The status.
  public let status: Int
  /// The header fields.
  public let headers: HTTPHeaders
  /// The body.
  public let body: [UInt8]

  /// The body as text.
  public var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as JSON; `null` where it is none.
  public var json: JSON { (try? JSON(parsing: body)) ?? .null }

  /// A header that must be there.
  public func header(_ name: String) throws -> String {
    guard let value = headers[name] else { throw TestFailure("expected a header \(name)\n\(self)") }
    return value
  }

  /// Fails unless the status, and the body where one is given, are as expected.
  @discardableResult
  public func expect(_ status: Int, _ json: JSON? = nil, at line: String = #fileID, _ number: Int = #line) throws
    -> Answer
  {
    guard self.status == status else { throw TestFailure("\(line):\(number): expected \(status)\n\(self)") }
    if let json, self.json != json { throw TestFailure("\(line):\(number): expected \(json.jsonText)\n\(self)") }
    return self
  }

  /// The whole exchange.
  public var description: String { "\(request) -> \(status)\n\(headers)\n\n\(text)" }
}

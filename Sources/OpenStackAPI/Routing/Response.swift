import HTTPServer

/// What a handler answers; the route's table adds the status where none is given, the pipeline the common headers.
public struct Response: Sendable {
  /// The status, or `nil` for the one that the route's table names.
  public var status: Int?
  /// Headers of this answer alone.
  public var headers: [(name: String, value: String)]
  /// The media type of the body.
  public var contentType: String?
  /// The body.
  public var body: HTTPResponseBody

  /// An answer.
  public init(
    status: Int? = nil, headers: [(name: String, value: String)] = [], contentType: String? = nil,
    body: HTTPResponseBody = .empty
  ) {
    (self.status, self.headers, self.contentType, self.body) = (status, headers, contentType, body)
  }

  /// No body.
  public static let empty = Response()

  /// One JSON object, whose members `write` writes.
  public static func json(
    status: Int? = nil, headers: [(name: String, value: String)] = [], contentType: String = "application/json",
    _ write: (inout JSONWriter) throws -> Void
  ) rethrows -> Response {
    var json = JSONWriter()
    try json.object(write)
    return Response(status: status, headers: headers, contentType: contentType, body: .bytes(json.finish()))
  }

  /// Text of some media type.
  public static func text(_ text: String, contentType: String, status: Int? = nil) -> Response {
    Response(status: status, contentType: contentType, body: .bytes(ByteBuffer(copying: Array(text.utf8))))
  }

  /// One more header.
  public func with(_ name: String, _ value: String) -> Response {
    var response = self
    response.headers.append((name, value))
    return response
  }
}

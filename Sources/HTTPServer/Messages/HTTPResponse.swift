/// What a handler answers.
///
/// The server itself sets Date, Content-Length or Transfer-Encoding, and Connection; `Connection: close` in `headers`
/// ends the connection after the answer. A HEAD or 304 answer with an `empty` body may state a Content-Length.
public struct HTTPResponse: Sendable {
  /// The status code, 200 to 999 (RFC 9110 section 15). Anything else is sent as 500.
  public var status: Int
  /// The header fields, sent in this order. Control characters in values are replaced by spaces.
  public var headers: HTTPHeaders
  /// The body. For HEAD the same body as for GET may be given; only its length is used.
  public var body: HTTPResponseBody

  /// Makes a response; by default an empty 200.
  public init(status: Int = 200, headers: HTTPHeaders = [:], body: HTTPResponseBody = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A short plain-text answer, ended by a line feed.
  public static func text(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["Content-Type": "text/plain; charset=utf-8"], body: .bytes(ByteBuffer(text + "\n")))
  }
}

/// Where the bytes of a response come from.
public enum HTTPResponseBody: Sendable {
  /// No body.
  case empty
  /// Bytes in memory.
  case bytes(ByteBuffer)
  /// A part of a file, sent with `sendfile`.
  case file(FileRegion)
  /// Bytes written as they are made. With a `length` exactly that many must be written; without one the body is
  /// chunked (RFC 9112 section 7.1), or ended by closing for an HTTP/1.0 client. If the closure throws, or the length
  /// is wrong, the connection is cut so that the client sees an incomplete answer; a throw before the first write
  /// becomes a 500.
  case stream(length: Int?, @Sendable (HTTPBodyWriter) async throws -> Void)
  /// No answer at all: the connection is cut.
  case disconnect
}

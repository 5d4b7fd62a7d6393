/// A request whose head has arrived; its body may still be on the way.
public struct HTTPRequest: Sendable {
  /// The request method.
  public var method: HTTPMethod
  /// The request target exactly as sent (RFC 9112 section 3.2).
  public var target: String
  /// The path, still percent-encoded, before any `?`. It starts with `/`, or is `*` for a server-wide OPTIONS.
  public var path: String
  /// What follows the `?`, undecoded; nil if there is none.
  public var query: String?
  /// Host and port asked for: from an absolute-form target, otherwise the Host field (RFC 9112 section 3.3).
  public var authority: String?
  /// The header fields as sent.
  public var headers: HTTPHeaders
  /// The body, a stream that can be read once.
  public var body: HTTPRequestBody
  /// The peer's IP address as text, without port.
  public var remoteAddress: String
  /// Whether the peer is on this machine's loopback interface.
  public var isLoopbackPeer: Bool
  /// The tag given to `HTTPServer.bind` for the listener that accepted the connection.
  public var listener: Int
  /// Whether the client speaks HTTP/1.0.
  public var isHTTP10: Bool

  /// Makes a request without a socket, for tests. `target` is in origin form; path and query are taken from it.
  public init(
    method: HTTPMethod = .get,
    target: String = "/",
    headers: HTTPHeaders = [:],
    body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1",
    isLoopbackPeer: Bool = true,
    listener: Int = 0,
    isHTTP10: Bool = false
  ) {
    self.method = method
    self.target = target
    let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
    path = String(target[..<(mark ?? target.endIndex)])
    query = mark.map { String(target[target.utf8.index(after: $0)...]) }
    authority = headers["Host"]
    self.headers = headers
    self.body = HTTPRequestBody(body)
    self.remoteAddress = remoteAddress
    self.isLoopbackPeer = isLoopbackPeer
    self.listener = listener
    self.isHTTP10 = isHTTP10
  }

  init(head: RequestHead, body: HTTPRequestBody, peer: PeerAddress, listener: Int) {
    method = head.method
    target = head.target
    path = head.path
    query = head.query
    authority = head.authority
    headers = HTTPHeaders(parsed: head.storage)
    self.body = body
    remoteAddress = peer.text
    isLoopbackPeer = peer.isLoopback
    self.listener = listener
    isHTTP10 = head.isHTTP10
  }
}

import HTTPServer

/// One request on its way through a service: what is known before a route is found.
public final class Exchange: Sendable {
  /// The request as it came.
  public let request: HTTPRequest
  /// The cloud it is for.
  public let world: World
  /// The service it reached.
  public let service: Service
  /// `req-` and a UUID; the answer and the log carry it.
  public let requestID: String
  /// `http://host:port`, and `/worlds/<name>` where the client used it: what every link begins with.
  public let origin: String
  /// Whether it came through a proxy whose word on the address counts.
  public let isProxied: Bool
  /// The part of the path at which the service was reached: `/compute`, or nothing at the root.
  public let mount: String
  /// The path below the mount, decoded, one element a segment.
  public let segments: [String]
  /// The service's own address: what links to its resources begin with.
  public let base: String

  /// A request on its way.
  public init(
    request: HTTPRequest, world: World, service: Service, requestID: String, origin: String, isProxied: Bool = false,
    mount: String, segments: [String]
  ) {
    (self.request, self.world, self.service, self.requestID) = (request, world, service, requestID)
    (self.origin, self.mount, self.segments) = (origin, mount, segments)
    self.isProxied = isProxied
    base = mount.isEmpty ? origin : origin + mount
  }

  /// The client's address of the identity service, for `WWW-Authenticate`.
  public var identityURL: String { origin + world.crossings.tokens.path }
}

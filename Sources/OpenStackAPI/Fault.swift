/// Why a request was refused. A handler throws what happened; the service's `Dialect` writes it in that service's shape.
public struct Fault: Error, Sendable {
  /// The HTTP status.
  public var status: Int
  /// What the client reads: the upstream service's own words, which clients and tests match on.
  public var message: String
  /// What said no, for the log and for whoever asks why.
  public var reason: Reason
  /// The values that the rule looked at: what was asked, what is allowed. For whoever asks why, never for the client.
  public var evidence: JSON = .null
  /// Headers that belong to the refusal, such as `WWW-Authenticate`, `Allow` or `Retry-After`.
  public var headers: [(name: String, value: String)]
  /// A name for the kind of failure where the service's body carries one (Neutron's `type`, Placement's `code`).
  public var type: String?

  /// The rule that refused a request.
  public enum Reason: String, Sendable {
    case version, route, syntax, schema, authentication, policy, quota, state, lookup, conflict, limit, scheduler
    case storage, `internal`
    /// A rule for faults, which somebody made.
    case injected
  }

  /// A refusal in the service's words.
  public init(
    _ status: Int, _ message: String, reason: Reason, type: String? = nil,
    headers: [(name: String, value: String)] = []
  ) {
    (self.status, self.message, self.reason) = (status, message, reason)
    (self.type, self.headers) = (type, headers)
  }

  /// The same refusal with the values that led to it, an object.
  public func because(_ evidence: JSON) -> Fault {
    var fault = self
    fault.evidence = evidence
    return fault
  }

  /// 400: the request makes no sense as it stands.
  public static func badRequest(_ message: String, reason: Reason = .schema) -> Fault {
    Fault(400, message, reason: reason)
  }
  /// 401: no valid token. The dialect adds `WWW-Authenticate`.
  public static let unauthorized = Fault(
    401, "The request you have made requires authentication.", reason: .authentication)
  /// 403: the caller may not do this.
  public static func forbidden(_ message: String, reason: Reason = .policy) -> Fault {
    Fault(403, message, reason: reason)
  }
  /// 404: there is no such thing, or none that the caller may see.
  public static func notFound(_ message: String, reason: Reason = .lookup) -> Fault {
    Fault(404, message, reason: reason)
  }
  /// 409: not in the state that the resource is in.
  public static func conflict(_ message: String, reason: Reason = .conflict) -> Fault {
    Fault(409, message, reason: reason)
  }
  /// 413: the body is larger than the route takes.
  public static let bodyTooLarge = Fault(413, "Request is too large.", reason: .limit)
  /// 500: a failure of ours. Its cause goes to the log, never to the client.
  public static let unexpected = Fault(
    500, "An unexpected error prevented the server from fulfilling your request.", reason: .internal)
}

import HTTPServer
import Persistence

/// What a handler gets: checked input, who calls, and the world it acts on.
public final class Call: Sendable {
  /// The request and where it came in.
  public let exchange: Exchange
  /// The route that matched.
  public let route: Route
  /// The part of the path before the route: `/v2.1`, with the project id where the client wrote one.
  public let prefix: String
  /// The microversion that counts; 0.0 for a service without microversions.
  public let version: Version
  /// The values of the path's parameters.
  private let parameters: [String]
  private let names: [String]
  /// The query string, checked against the route's `Query`.
  public let query: QueryParameters
  /// The body, checked against the route's `Body`: what is inside its root member, or all of it where it has none.
  public let input: JSON
  /// The whole body.
  public let body: JSON
  private let authorization: Authorization?

  init(
    exchange: Exchange, candidate: Router.Candidate, values: [String], prefix: String, version: Version,
    query: QueryParameters, body: JSON, authorization: Authorization?
  ) {
    (self.exchange, self.route, self.prefix, self.version) = (exchange, candidate.route, prefix, version)
    (self.parameters, self.names, self.query, self.body) = (values, candidate.parameters, query, body)
    self.authorization = authorization
    input = candidate.route.body?.root.flatMap { body[$0] } ?? body
  }

  /// The cloud.
  public var world: World { exchange.world }
  /// The moment it is.
  public var now: Timestamp { world.now }
  /// The request id.
  public var requestID: String { exchange.requestID }

  /// A parameter of the path by its name in the route's table; empty for a name the path does not have.
  public func parameter(_ name: String) -> String {
    names.firstIndex(of: name).map { parameters[$0] } ?? ""
  }

  /// The values of all parameters of the path.
  var parameterValues: [String] { parameters }
  /// The path's parameters by name.
  var parametersByName: JSON {
    .object(JSONObject(zip(names, parameters).map { (key: $0, value: .string($1)) }))
  }
  /// Who calls, where somebody does.
  public var possibleCaller: Authorization? { authorization }

  /// Who calls. Only a route with open access can be called by nobody; such a handler must not ask.
  public var caller: Authorization {
    get throws {
      guard let authorization else { throw Fault.unauthorized }
      return authorization
    }
  }

  /// The caller's project; refused for a token without one.
  public var projectID: String {
    get throws {
      guard let id = try caller.projectID else { throw denied(route.operation) }
      return id
    }
  }

  /// Whether a policy rule allows the caller something, by default on what is the caller's own.
  public func isAllowed(_ rule: String, _ target: PolicyTarget? = nil) -> Bool {
    guard let authorization else { return false }
    return world.policies.allows(rule, authorization, target ?? authorization.ownTarget)
  }

  /// Refuses unless the route's rule (or another) allows the caller what it does to the target.
  public func authorize(_ target: PolicyTarget? = nil, rule: String? = nil) throws {
    let rule = rule ?? route.operation
    guard isAllowed(rule, target) else { throw denied(rule, target) }
  }

  /// The refusal of a rule in the service's words.
  func denied(_ rule: String, _ target: PolicyTarget? = nil) -> Fault {
    exchange.service.dialect.denied(rule).because(
      world.policies.evidence(rule, authorization, target ?? authorization?.ownTarget ?? [:]))
  }

  /// An absolute link below the API's prefix: `link("/servers/", id)`.
  public func link(_ path: String, _ id: String = "") -> String { exchange.base + prefix + path + id }

  /// Writes such an address as a value.
  public func writeLink(_ path: String, _ id: String, to json: inout JSONWriter) {
    json.string(exchange.base, prefix, path, id)
  }
}

import HTTPServer

/// How one family of services words its refusals and which headers it puts on every answer.
public protocol Dialect: Sendable {
  /// A fault in the service's body shape.
  func response(to fault: Fault, _ exchange: Exchange) -> Response
  /// The answer to a path the service does not have.
  func unknownPath(_ exchange: Exchange) -> Response
  /// Whether a path that the service does not have asks for a token first, where the service does that at all.
  func needsToken(unknownPath exchange: Exchange) -> Bool
  /// The answer to a path that exists under other methods.
  func wrongMethod(allowed: [HTTPMethod], _ exchange: Exchange) -> Response
  /// The refusal of a policy rule.
  func denied(_ rule: String) -> Fault
  /// The refusal of a body that is no JSON object.
  func malformedBody(_ error: JSONSyntaxError?) -> Fault
  /// The refusal of a body or a query string that breaks its schema.
  func invalid(_ violation: Violation, in place: InputPlace) -> Fault
  /// The refusal of a query string that is no UTF-8; nil where such bytes are taken for U+FFFD.
  func undecodableQuery(of route: Route) -> Fault?
  /// Whether a JSON body may come under a media type, given in lower case without parameters.
  func accepts(mediaType: String) -> Bool
  /// The refusal of a body under any other media type.
  func unsupported(mediaType: String) -> Fault
  /// The headers that every answer carries besides the request id.
  func headers(_ exchange: Exchange, version: Version?) -> [(name: String, value: String)]
}

/// Which part of a request broke its schema.
public enum InputPlace: Sendable {
  case body, query
}

extension Dialect {
  /// Always.
  public func needsToken(unknownPath exchange: Exchange) -> Bool { true }

  /// None.
  public func undecodableQuery(of route: Route) -> Fault? { nil }

  /// `application/json` and what clients send for want of a better word.
  public func accepts(mediaType: String) -> Bool { mediaType == "application/json" || mediaType == "text/plain" }

  /// 415.
  public func unsupported(mediaType: String) -> Fault { Fault(415, "Unsupported Content-Type", reason: .syntax) }

  /// No further headers.
  public func headers(_ exchange: Exchange, version: Version?) -> [(name: String, value: String)] { [] }

  /// The words that Nova, Keystone and others use: "Invalid input for field/attribute name. Value: x. 'x' is ...".
  public func invalid(_ violation: Violation, in place: InputPlace) -> Fault {
    guard let name = violation.path.last, !violation.isWholeMessage else { return .badRequest(violation.detail) }
    let what = place == .body ? "field/attribute" : "query parameters"
    return .badRequest("Invalid input for \(what) \(name). Value: \(violation.value.pythonText). \(violation.detail)")
  }
}

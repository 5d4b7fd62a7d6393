/// `/healthcheck`: the middleware that load balancers ask whether a service answers (oslo.middleware, `Healthcheck`).
public enum HealthCheck {
  /// Its route; `reasons` are what the service's checks say while all is well.
  public static func route(reasons: [String]) -> Route {
    .get("/healthcheck", "healthcheck", access: .open) { answer(reasons, $0.exchange) }.forAnyMethod
  }

  private static func answer(_ reasons: [String], _ exchange: Exchange) -> Response {
    guard exchange.request.method != .head else { return Response(status: 204) }
    let forms = [("text", "plain"), ("text", "html"), ("application", "json")]
    switch AcceptedType.best(of: forms, exchange.request.headers["Accept"]) {
    case 1: return .text(page(reasons), contentType: "text/html; charset=UTF-8")
    case 2:
      return .json { json in
        json.member("detailed", false)
        json.member("reasons", reasons)
      }
    default: return .text(reasons.joined(separator: "\n"), contentType: "text/plain; charset=UTF-8")
    }
  }

  private static func page(_ reasons: [String]) -> String {
    let rows = reasons.map { "<TR>\n\n    <TD>\($0)</TD>\n\n</TR>\n" }.joined()
    return """
      <HTML>
      <HEAD><TITLE>Healthcheck Status</TITLE></HEAD>
      <BODY>

      <H2>Result of \(reasons.count) checks:</H2>
      <TABLE bgcolor="#ffffff" border="1">
      <TBODY>
      <TR>

      <TH>
      Reason
      </TH>
      </TR>
      \(rows)
      </TBODY>
      </TABLE>
      <HR></HR>

      </BODY>
      </HTML>
      """
  }
}

import HTTPServer
import OpenStackAPI

/// Who may use the control interface: this machine, and whoever shows the secret of the configuration. Web pages may not,
/// from whatever machine their browser calls.
enum ControlAccess {
  static let header = "X-PocketStack-Secret"

  @Sendable static func check(_ call: Call) throws {
    let request = call.exchange.request
    if let origin = request.headers["Origin"], !isOurs(origin, request) {
      throw Fault.forbidden("The control interface does not answer to other sites' pages.")
    }
    if request.isLoopbackPeer { return }
    guard let secret = call.world.fixture.secret else {
      throw Fault.forbidden(
        "The control interface answers this machine only: no secret is set in the configuration (fixture.secret).")
    }
    guard ConstantTime.areEqual(request.headers[header] ?? "", secret) else {
      throw Fault.forbidden("From another machine the control interface wants the header \(header).")
    }
  }

  /// Whether the page that calls came from the address it calls (RFC 6454).
  private static func isOurs(_ origin: String, _ request: HTTPRequest) -> Bool {
    guard let authority = request.authority else { return false }
    return origin == "http://" + authority || origin == "https://" + authority
  }
}

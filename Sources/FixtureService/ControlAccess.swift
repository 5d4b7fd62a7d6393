import HTTPServer
import OpenStackAPI

/// Who may use the control interface: this machine, and whoever shows the secret of the configuration. Web pages may not,
/// from whatever machine their browser calls.
///
/// That a connection comes from this machine's loopback says little by itself. A page whose name was made to lead here
/// (DNS rebinding) comes from there, and so does what a proxy passes on; the first calls us by its own name, the second
/// says for whom it calls.
enum ControlAccess {
  static let header = "X-PocketStack-Secret"

  @Sendable static func check(_ call: Call) throws {
    let request = call.exchange.request
    let names = KnownNames(call.world)
    guard !isOfForeignPage(request, names) else {
      throw Fault.forbidden(
        "The control interface does not answer to other sites' pages; its own are served here or listed in the "
          + "configuration (fixture.allowed_hosts).")
    }
    if isSecretShown(request, call.world) { return }
    guard request.isLoopbackPeer, !isPassedOn(request) else { throw refusal(call.world) }
    guard let foreign = foreignHost(request, names) else { return }
    throw Fault.forbidden(
      "The control interface is not called \(JSON.quoted(foreign)): use an address or a name of this machine, or list "
        + "that one in the configuration (fixture.allowed_hosts).")
  }

  private static func isSecretShown(_ request: HTTPRequest, _ world: World) -> Bool {
    guard let secret = world.fixture.secret, let shown = request.headers[header] else { return false }
    return ConstantTime.areEqual(shown, secret)
  }

  private static func refusal(_ world: World) -> Fault {
    world.fixture.secret == nil
      ? .forbidden(
        "The control interface answers this machine only, and nothing that a proxy passes on: no secret is set in the "
          + "configuration (fixture.secret).")
      : .forbidden("From another machine, or through a proxy, the control interface wants the header \(header).")
  }

  /// Whether a proxy says that it passes the request on.
  private static func isPassedOn(_ request: HTTPRequest) -> Bool {
    request.headers.contains { name, _ in
      let name = name.lowercased()
      return name.hasPrefix("x-forwarded-") || ["forwarded", "x-real-ip", "via"].contains(name)
    }
  }

  /// The host that the client called and that is none of ours; `nil` where it called us, or nobody by name, as HTTP/1.0
  /// may and no browser does.
  private static func foreignHost(_ request: HTTPRequest, _ names: KnownNames) -> String? {
    let called = request.headers.values("Host") + [request.authority].compactMap { $0 }
    return called.first { host in HTTPAuthority(host).map { !names.include($0) } ?? true }
  }
}

// MARK: - Pages

extension ControlAccess {
  /// Whether a page of another site makes the request. Browsers say of whose page a request is in `Origin`, except for
  /// plain reads, and in `Sec-Fetch-Site`, except for old ones (Fetch Standard; W3C Fetch Metadata).
  private static func isOfForeignPage(_ request: HTTPRequest, _ names: KnownNames) -> Bool {
    let origins = request.headers.values("Origin")
    guard origins.allSatisfy({ WebOrigin($0).map(names.include) ?? false }) else { return true }
    guard let site = request.headers["Sec-Fetch-Site"], site != "same-origin", site != "none", origins.isEmpty else {
      return false
    }
    return !isFollowedLink(request)
  }

  /// A link that the user follows shows what it leads to to the user alone.
  private static func isFollowedLink(_ request: HTTPRequest) -> Bool {
    (request.method == .get || request.method == .head) && request.headers["Sec-Fetch-Mode"] == "navigate"
      && request.headers["Sec-Fetch-Dest"] == "document"
  }
}

/// What the server may be called.
private struct KnownNames {
  private let own: ServedAddresses
  private let listed: [HTTPAuthority]

  init(_ world: World) {
    (own, listed) = (world.registry?.addresses ?? ServedAddresses(), world.fixture.allowedHosts)
  }

  func include(_ host: HTTPAuthority) -> Bool { own.isOwnHost(host) || isListed(host, port: host.port) }

  func include(_ origin: WebOrigin) -> Bool {
    own.isOwnOrigin(origin) || isListed(origin.authority, port: origin.port)
  }

  /// One that is listed without a port has any.
  private func isListed(_ host: HTTPAuthority, port: Int?) -> Bool {
    listed.contains { $0.isSameHost(as: host) && ($0.port == nil || $0.port == port) }
  }
}

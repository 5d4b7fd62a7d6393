import HTTPServer

/// What a process listens on, as clients on this machine can name it.
public struct ServedAddresses: Sendable {
  /// Hosts besides the loopback's: the one it is bound to, the machine's name.
  private let hosts: [HTTPAuthority]
  /// The ports.
  private let ports: Set<Int>
  /// The ports on which one service each has the root to itself, by its mount (`/compute`).
  public let portsOfServices: [String: Int]

  /// Hosts that are none are left out.
  public init(hosts: [String] = [], ports: Set<Int> = [], ofServices: [String: Int] = [:]) {
    let written = hosts.map { $0.contains(":") ? "[\($0)]" : $0 }
    (self.hosts, self.ports) = (written.compactMap { HTTPAuthority($0) }, ports)
    portsOfServices = ofServices
  }

  /// Whether a host is this machine: `localhost`, an address of the loopback, or one of the hosts. The port does not
  /// count, as tunnels have ports of their own.
  public func isOwnHost(_ authority: HTTPAuthority) -> Bool {
    authority.host == "localhost" || authority.address?.isLoopback == true
      || hosts.contains { $0.isSameHost(as: authority) }
  }

  /// Whether pages of an origin were served here: `http`, a host of this machine, a port that is listened on.
  public func isOwnOrigin(_ origin: WebOrigin) -> Bool {
    !origin.isSecure && ports.contains(origin.port) && isOwnHost(origin.authority)
  }
}

/// Where a web page comes from, as browsers say it (RFC 6454 section 6.1): `http://127.0.0.1:5000`.
public struct WebOrigin: Sendable {
  /// Whether the scheme is `https`.
  public let isSecure: Bool
  /// Host and port as written.
  public let authority: HTTPAuthority
  /// The port, the scheme's own where none is written.
  public var port: Int { authority.port ?? (isSecure ? 443 : 80) }

  /// Reads an origin of the web; `nil` for any other, such as `null`.
  public init?(_ text: String) {
    let schemes = [("http://", false), ("https://", true)]
    guard let (scheme, isSecure) = schemes.first(where: { text.lowercased().hasPrefix($0.0) }),
      let authority = HTTPAuthority(String(text.dropFirst(scheme.count)))
    else { return nil }
    (self.isSecure, self.authority) = (isSecure, authority)
  }
}

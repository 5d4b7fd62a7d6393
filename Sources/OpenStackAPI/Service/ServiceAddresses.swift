/// The addresses of the cloud's services as one client reaches them: below the address that it used, or on the port that a
/// service has to itself.
public struct ServiceAddresses: Sendable {
  private let origin: String
  /// What replaces the mounts of services with ports of their own.
  private let ports: [(mount: String, origin: String)]

  /// The addresses below an origin, a scheme and an authority with a path or without.
  init(origin: String, ports: [String: Int]) {
    self.origin = origin
    self.ports = ports.map { (mount: $0, origin: Self.origin(origin, onPort: $1)) }
  }

  /// The address of a path that begins with a service's mount: `/compute/v2.1`.
  public func address(of path: String) -> String {
    for (mount, origin) in ports where path == mount || path.hasPrefix(mount + "/") {
      return origin + path.dropFirst(mount.count)
    }
    return origin + path
  }

  /// An origin on another port of its host.
  private static func origin(_ origin: String, onPort port: Int) -> String {
    let start = origin.firstRange(of: "://")?.upperBound ?? origin.startIndex
    let end = origin[start...].firstIndex(of: "/") ?? origin.endIndex
    // In an IPv6 address there are colons too: `[::1]:5000`.
    let afterAddress = origin[start..<end].lastIndex(of: "]") ?? start
    let colon = origin[afterAddress..<end].firstIndex(of: ":") ?? end
    return "\(origin[..<colon]):\(port)\(origin[end...])"
  }
}

extension Exchange {
  /// The addresses of the cloud's services for this client. Through a proxy, which has an address of its own, the ports
  /// are out of reach.
  public var serviceAddresses: ServiceAddresses {
    ServiceAddresses(origin: origin, ports: isProxied ? [:] : world.registry?.addresses.portsOfServices ?? [:])
  }
}

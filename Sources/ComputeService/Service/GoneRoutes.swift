import OpenStackAPI

/// What Nova once had and whose paths it keeps to say so: 410 at every version that ever had it. Nobody needs more than
/// a token to learn that.
enum GoneRoutes {
  private static let operation = "gone"

  private static let message = "This resource is no longer available. No forwarding address is given."

  private static let refuse: Handler = { _ in throw Fault(410, message, reason: .route) }

  private enum Method { case get, post, put, delete }

  private static func gone(_ path: String, _ methods: [Method], until: Version? = nil) -> [Route] {
    methods.map { method in
      switch method {
      case .get: .get(path, operation, .unprotected, until: until, run: refuse)
      case .post: .post(path, operation, .unprotected, until: until, run: refuse)
      case .put: .put(path, operation, .unprotected, until: until, run: refuse)
      case .delete: .delete(path, operation, .unprotected, until: until, run: refuse)
      }
    }
  }

  /// What went whatever the version.
  private static let always: [Route] = [
    gone("/os-agents", [.get, .post]), gone("/os-agents/:id", [.put, .delete]),
    gone("/os-cells", [.get, .post]), gone("/os-cells/sync_instances", [.post]),
    gone("/os-cells/:id", [.get, .put, .delete]), gone("/os-cells/:id/capacities", [.get]),
    gone("/os-certificates", [.post]), gone("/os-certificates/:id", [.get]),
    gone("/os-cloudpipe", [.get, .post]), gone("/os-cloudpipe/:id", [.put]),
    gone("/servers/:server_id/consoles", [.get, .post]), gone("/servers/:server_id/consoles/:id", [.get, .delete]),
  ].flatMap { $0 }

  private static let actions: [Route] = [
    .action(
      "/servers/:id/action", "resetNetwork", operation, .unprotected, access: .token, body: .unchecked, run: refuse)
  ]

  /// What belonged to nova-network: after these versions there is no such path any more.
  private static let ofNetworks: [Route] = [
    gone("/os-fixed-ips/:id", [.get], until: "2.35"), gone("/os-fixed-ips/:id/action", [.post], until: "2.35"),
    gone("/os-floating-ip-dns", [.get], until: "2.35"),
    gone("/os-floating-ip-dns/:id", [.put, .delete], until: "2.35"),
    gone("/os-floating-ip-dns/:domain_id/entries/:id", [.get, .put, .delete], until: "2.35"),
    gone("/os-floating-ips-bulk", [.get, .post], until: "2.35"),
    gone("/os-floating-ips-bulk/:id", [.get, .put], until: "2.35"),
    gone("/os-fping", [.get], until: "2.35"), gone("/os-fping/:id", [.get], until: "2.35"),
    gone("/os-networks", [.post], until: "2.35"), gone("/os-networks/add", [.post], until: "2.35"),
    gone("/os-networks/:id", [.delete], until: "2.35"), gone("/os-networks/:id/action", [.post], until: "2.35"),
    gone("/os-security-group-default-rules", [.get, .post], until: "2.35"),
    gone("/os-security-group-default-rules/:id", [.get, .delete], until: "2.35"),
    gone("/os-tenant-networks", [.post], until: "2.35"), gone("/os-tenant-networks/:id", [.delete], until: "2.35"),
    gone("/servers/:server_id/os-virtual-interfaces", [.get], until: "2.43"),
  ].flatMap { $0 }

  static let routes: [Route] = always + actions + ofNetworks
}

import OpenStackAPI

/// Where floating addresses come from: the one pool of this cloud (Compute API, "Floating IP pools").
struct FloatingIPPool: Sendable {
  let name: String
}

extension FloatingIPPool {
  static let view = View<FloatingIPPool>([
    Field("name", \.name)
  ])

  static let routes: [Route] = [
    .get("/os-floating-ip-pools", "os_compute_api:os-floating-ip-pools", until: "2.35", run: index)
  ]

  private static func index(_ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.array("floating_ip_pools") { json in projection.write(FloatingIPPool(name: "public"), to: &json) }
    }
  }
}

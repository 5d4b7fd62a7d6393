import OpenStackAPI

/// The addresses of a server, network by network (Compute API, "Servers IPs"). There is no network service yet, so no
/// server has any.
enum ServerAddresses {
  private static let query = Query([], refusesUnknownSince: "2.102")

  static let routes: [Route] = [
    .get(
      "/servers/:server_id/ips", "os_compute_api:ips:index", .projectReader, access: .resource, query: query
    ) { call in
      _ = try ServerDetails.server(call)
      return .json { json in json.object("addresses") { _ in } }
    },
    .get(
      "/servers/:server_id/ips/:id", "os_compute_api:ips:show", .projectReader, access: .resource, query: query
    ) { call in
      _ = try ServerDetails.server(call)
      throw Fault.notFound("Instance is not a member of specified network")
    },
  ]
}

import OpenStackAPI

/// Where a new server is to be: the zone, and the host that administrators may name: `zone:host:node`, or the members of
/// 2.74.
struct BootPlace {
  private let zone: String
  /// What follows the zone.
  private let forced: [String]
  private let requested: [String]

  /// Reads what the request says, and asks whether the caller may say it.
  init(_ call: Call) throws {
    let parts = call.input["availability_zone"]?.text?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    guard parts.count <= 3 else { throw Fault.badRequest("Invalid input received: Unable to parse availability_zone") }
    zone = parts.first.map(String.init) ?? ""
    forced = parts.dropFirst().map(String.init).filter { !$0.isEmpty }
    if !forced.isEmpty { try call.authorize(rule: "os_compute_api:servers:create:forced_host") }
    requested = ["host", "hypervisor_hostname"].compactMap { call.input[$0]?.text }
    guard !requested.isEmpty else { return }
    try call.authorize(rule: "compute:servers:create:requested_destination")
    guard forced.isEmpty else {
      throw Fault.badRequest(
        "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are mutually "
          + "exclusive.")
    }
  }

  /// A zone that is named has to be there; where a host is named too, its own counts.
  func checkZone(_ known: String) throws {
    guard zone.isEmpty || zone == known || !forced.isEmpty else {
      throw Fault.badRequest("The requested availability zone is not available")
    }
  }

  func checkHosts(_ known: String) throws {
    guard let host = (forced + requested).first(where: { $0 != known }) else { return }
    throw Fault.badRequest("Compute host \(host) could not be found.")
  }
}

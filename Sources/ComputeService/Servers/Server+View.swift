import Crypto
import OpenStackAPI

extension Server {
  static let summary = View<Server>([
    Field("id", \.id),
    Field("name", \.name),
    Field("links") { server, call, json in call.writeLinks("/servers/", server.id, to: &json) },
  ])

  /// What every answer with a whole server has.
  private static let common = View<Server>([
    Field("id", \.id),
    Field("name", \.name),
    Field("status", \.state.status),
    Field("tenant_id", \.projectID),
    Field("user_id", \.userID),
    Field("metadata") { server, _, json in json.raw(server.metadata) },
    Field("hostId", \.hostID),
    Field("image") { server, call, json in server.writeImage(call, to: &json) },
    Field("flavor", until: "2.46") { server, call, json in
      json.object { json in
        json.member("id", server.flavor.id)
        json.array("links") { json in call.writeBookmark("/flavors/", server.flavor.id, to: &json) }
      }
    },
    Field("flavor", since: "2.47") { server, call, json in server.writeFlavor(call, to: &json) },
    Field("created", { $0.createdAt.text(.seconds) }),
    Field("updated", { $0.updatedAt.text(.seconds) }),
    Field("addresses") { _, _, json in json.object { _ in } },
    Field("accessIPv4", \.accessIPv4),
    Field("accessIPv6", \.accessIPv6),
    Field("links") { server, call, json in call.writeLinks("/servers/", server.id, to: &json) },
    Field("OS-DCF:diskConfig", \.diskConfig),
    Field("progress", ifPresent: { ServerState.statusesWithProgress.contains($0.state.status) ? $0.progress : nil }),
    Field("fault", ifPresent: \.shownFault),
  ])

  /// What the tables added to whatever is shown, PUT and rebuild included.
  private static let sinceVersions: [Field<Server>] = [
    Field("locked", { $0.lockedBy != nil }, since: "2.9"),
    Field("description", \.description, since: "2.19"),
    Field("tags", since: "2.26") { server, _, json in json.raw(server.tags) },
    Field("trusted_image_certificates", since: "2.63") { server, _, json in
      json.raw(server.trustedCertificates ?? "null")
    },
    Field("locked_reason", \.lockedReason, since: "2.73"),
  ]

  /// What PUT and rebuild left out before 2.75.
  private static let extended: [Field<Server>] = [
    Field("OS-EXT-AZ:availability_zone", { $0.availabilityZone ?? "" }),
    Field("config_drive", { $0.hasConfigDrive ? "True" : "" }),
    Field("key_name", \.keyName),
    Field("OS-SRV-USG:launched_at", { $0.launchedAt?.text(.microseconds) }),
    Field("OS-SRV-USG:terminated_at", { $0.terminatedAt?.text(.microseconds) }),
    Field("OS-EXT-STS:task_state", \.state.task),
    Field("OS-EXT-STS:vm_state", \.state.vm),
    Field("OS-EXT-STS:power_state", \.state.power),
    Field("os-extended-volumes:volumes_attached") { _, _, json in json.array { _ in } },
    Field("OS-EXT-SRV-ATTR:host", \.host, policy: attributes),
    Field("OS-EXT-SRV-ATTR:instance_name", \.instanceName, policy: attributes),
    Field("OS-EXT-SRV-ATTR:hypervisor_hostname", \.host, policy: attributes),
    Field("OS-EXT-SRV-ATTR:reservation_id", \.reservationID, since: "2.3", policy: attributes),
    Field("OS-EXT-SRV-ATTR:launch_index", \.launchIndex, since: "2.3", policy: attributes),
    Field("OS-EXT-SRV-ATTR:hostname", \.hostname, since: "2.3", until: "2.89", policy: attributes),
    Field("OS-EXT-SRV-ATTR:hostname", \.hostname, since: "2.90"),
    Field("OS-EXT-SRV-ATTR:kernel_id", { _ in "" }, since: "2.3", policy: attributes),
    Field("OS-EXT-SRV-ATTR:ramdisk_id", { _ in "" }, since: "2.3", policy: attributes),
    Field("OS-EXT-SRV-ATTR:root_device_name", \.rootDevice, since: "2.3", policy: attributes),
    Field(
      "host_status", \.hostStatus, since: "2.16", policy: "os_compute_api:servers:show:host_status"),
    Field("pinned_availability_zone", \.pinnedAvailabilityZone, since: "2.96"),
    Field("scheduler_hints", since: "2.100") { server, _, json in json.raw(server.schedulerHints) },
  ]

  private static let groups = Field<Server>("server_groups", { [$0.serverGroup].compactMap { $0 } }, since: "2.71")

  private static let attributes = "os_compute_api:os-extended-server-attributes"

  /// `GET /servers/detail`.
  static let listed =
    common + sinceVersions + extended + [
      Field("OS-EXT-SRV-ATTR:user_data", \.userData, since: "2.3", policy: attributes)
    ]

  /// `GET /servers/{id}`.
  static let detail = listed + [groups]

  /// `PUT /servers/{id}` before 2.75; from then on it answers like GET.
  static let changed =
    common + sinceVersions + [groups]

  /// A rebuild before 2.75; the handler adds what only a rebuild shows.
  static let rebuilt = changed + [Field("key_name", \.keyName, since: "2.54")]

  /// A rebuild since 2.75: all that GET shows, but user data under a name of its own.
  static let rebuiltDetail = common + sinceVersions + extended + [groups]

  private func writeImage(_ call: Call, to json: inout JSONWriter) {
    guard let imageID else { return json.string("") }
    json.object { json in
      json.member("id", imageID)
      json.array("links") { json in call.writeBookmark("/images/", imageID, to: &json) }
      if call.version >= "2.98" {
        json.key("properties")
        json.raw(imageProperties)
      }
    }
  }

  private func writeFlavor(_ call: Call, to json: inout JSONWriter) {
    json.object { json in
      json.member("vcpus", flavor.vcpus)
      json.member("ram", flavor.ram)
      json.member("disk", flavor.disk)
      json.member("ephemeral", flavor.ephemeral)
      json.member("swap", flavor.swap)
      json.member("original_name", flavor.name)
      if call.isAllowed("os_compute_api:servers:show:flavor-extra-specs") {
        json.key("extra_specs")
        json.raw(flavor.extraSpecs)
      }
    }
  }

  /// 56 hexadecimal digits that tell one project's hosts apart without naming them; empty before there is a host.
  var hostID: String { Self.hostID(of: host, project: projectID) }

  static func hostID(of host: String?, project: String) -> String {
    guard let host else { return "" }
    var hash = SHA256()
    for var text in [project, host] { text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) } }
    return hash.finalize().withUnsafeBytes { Identifiers.hex(Array($0.prefix(28))) }
  }

  /// Nova's `fault`, in the states that show it.
  private var shownFault: RawJSON? {
    [.error, .deleted].contains(state.vm) ? fault.map(RawJSON.init) : nil
  }
}

/// JSON text that is kept as it is.
struct RawJSON: JSONWritable, Sendable {
  let text: String

  func write(to json: inout JSONWriter) { json.raw(text) }
}

import OpenStackAPI
import Persistence

/// Servers that begin anew from an image, with their name, address and place (Compute API, "Rebuild Server").
extension Server {
  static let rebuilding: [Route] = [
    .action("/servers/:id/action", "rebuild", "os_compute_api:servers:rebuild", body: rebuildBody, run: rebuild)
  ]

  private static let rebuildBody = Body(
    "rebuild",
    [
      Property("imageRef", .string(format: .uuid), .required), .string("name", 1...255, format: .name),
      .string("adminPass"), Property("metadata", .metadata), .truth("preserve_ephemeral"),
      .string("OS-DCF:diskConfig", in: ["AUTO", "MANUAL"]), .string("accessIPv4", format: .ipv4),
      .string("accessIPv6", format: .ipv6),
      Property("personality", .array(ServerInput.personality), until: "2.56"),
      Property("description", .description(255), since: "2.19"),
      Property("key_name", ServerInput.nameOrNull, since: "2.54"),
      Property("user_data", Schema.string(0...65535, format: .base64).orNull, since: "2.57"),
      Property("trusted_image_certificates", ServerInput.certificates, since: "2.63"),
      Property("hostname", ServerInput.hostname, since: "2.90"),
    ])

  private static func rebuild(_ call: Call) async throws -> Response {
    let password = call.input["adminPass"]?.text ?? call.world.identifiers.password()
    let server = try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      if call.input["trusted_image_certificates"] != nil {
        try call.authorize(
          ["project_id": server.projectID, "user_id": server.userID],
          rule: "os_compute_api:servers:rebuild:trusted_certs")
      }
      try ServerLifecycle.rebuild.check(server, call)
      let image = try server.imageForRebuild(call, db)
      try server.renew(from: image, call, db)
      try ServerLifecycle.rebuild.begin(server.id, call, db)
      return try find(server.id, call, db)
    }
    let projection = (call.version < "2.75" ? rebuilt : rebuiltDetail).projection(for: call)
    return .json(headers: [("Location", call.link("/servers/", server.id))]) { json in
      json.object("server") { json in
        projection.writeMembers(of: server, to: &json)
        json.member("adminPass", password)
        if call.version >= "2.57" { json.member("user_data", server.userData) }
      }
    }
  }

  /// The image, if it is fit for the server; the key comes first, as in Nova.
  private func imageForRebuild(_ call: Call, _ db: Connection) throws -> ImageSummary {
    try BootRequest.checkKey(call, db)
    let id = call.input["imageRef"]?.text ?? ""
    guard let image = try call.world.crossings.images?.image(id, visibleTo: call.caller, db) else {
      throw Fault.badRequest("Cannot find image for rebuild")
    }
    _ = try DiskConfig.asked(in: call.input, image: id, property: image.properties[DiskConfig.property])
    try BootRequest.refuseOversized(call, QuotaLimits.of(call, db))
    guard image.status == "active" else { throw Fault.badRequest("Image \(id) is not active.", reason: .state) }
    try ImageNeeds(image).check(ram: flavor.ram, disk: flavor.disk, call)
    return image
  }

  /// Takes over the image and what else the request gives; what it leaves out stays.
  private func renew(from image: ImageSummary, _ call: Call, _ db: Connection) throws {
    let input = call.input
    let diskConfig = try DiskConfig(input, image: image.id, property: image.properties[DiskConfig.property])
    try db.execute(
      "UPDATE servers SET image_ref = ?, image_properties = ?, auto_disk_config = ?, progress = 0 WHERE id = ?",
      image.id, Self.kept(image.properties).jsonText, diskConfig.rawValue, row)
    try ImageNeeds(kept: image, by: flavor.disk).keep(in: row, db)
    try store(input, of: Self.renewable, db)
    if let metadata = input["metadata"] {
      try db.execute("UPDATE servers SET metadata = ? WHERE id = ?", metadata.jsonText, row)
    }
    if let certificates = input["trusted_image_certificates"] {
      try db.execute(
        "UPDATE servers SET trusted_certs = ? WHERE id = ?", certificates.isNull ? nil : certificates.jsonText, row)
    }
  }

  private static let renewable = changeable + [("key_name", "key_name"), ("user_data", "user_data")]

  /// A server that was stopped stays so.
  static func stateAfterRebuild(_ state: ServerState, _ transition: Transition) -> ServerState {
    state.vm == .stopped ? ServerState(vm: .stopped, power: .shutdown) : ServerState(vm: .active, power: .running)
  }
}

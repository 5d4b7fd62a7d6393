import OpenStackAPI
import Persistence

extension Server {
  /// `createImage`: the image is there at once in `queued`, and active when the server is done with it.
  static func createImage(_ call: Call) async throws -> Response {
    let name = call.input["name"]?.text ?? ""
    let given = call.input["metadata"]?.object?.members ?? []
    let imageID = call.world.identifiers.uuid()
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try refuseImageMetadata(given.count, call, db)
      try ServerLifecycle.createImage.check(server, call)
      try server.createSnapshot(imageID, name: name, more: given.map { ($0.key, $0.value.text ?? "") }, call, db)
      try ServerLifecycle.createImage.begin(
        server.id, payload: JSON.string(imageID).jsonText, call, db)
    }
    guard call.version >= "2.45" else {
      return Response(headers: [("Location", call.exchange.origin + "/image/images/\(imageID)")])
    }
    return .json { json in json.member("image_id", imageID) }
  }

  /// Before 2.39 an image's metadata counted against the quota of servers' metadata.
  static func refuseImageMetadata(_ count: Int, _ call: Call, _ db: Connection) throws {
    guard try call.version >= "2.39" || QuotaLimits.of(call, db).allow(count, of: .metadataItems) else {
      throw Fault.forbidden("Image metadata limit exceeded", reason: .quota)
    }
  }

  /// Registers an image that is to be made of the server.
  func createSnapshot(
    _ id: String, name: String, more: [(key: String, value: String)] = [], _ call: Call, _ db: Connection
  ) throws {
    guard let images = call.world.crossings.images else { throw Fault.badRequest("Image service is not available.") }
    var properties = try snapshotProperties(call)
    for (key, value) in more { properties[key] = value }
    // Who takes it owns it; the server's project is offered a share (`initialize_instance_snapshot_metadata`).
    let owner = try call.caller.projectID ?? projectID
    let request = SnapshotRequest(
      id: id, name: name, owner: owner, sharedWith: owner == projectID ? nil : projectID, source: imageID,
      properties: properties, minDisk: flavor.disk)
    try images.createSnapshot(request, db, call.world)
  }

  /// What Nova writes on a snapshot (nova.compute.utils, `initialize_instance_snapshot_metadata`): what it wrote down of
  /// the server's own image, and where the snapshot is from.
  private func snapshotProperties(_ call: Call) throws -> [String: String] {
    let caller = try call.caller
    var properties: [String: String] = [:]
    for (name, value) in JSON(stored: imageProperties)?.object?.members ?? [] where Self.isInherited(name) {
      properties[name] = value.text
    }
    let origin = [
      "image_type": "snapshot", "instance_uuid": id, "user_id": userID, "owner_id": projectID,
      "owner_user_name": caller.user.name, "image_location": "snapshot", "image_state": "available",
      "boot_roles": caller.roles.map(\.name).joined(separator: ","),
    ]
    properties.merge(origin) { $1 }
    properties["base_image_ref"] = imageID
    if case .project(let project, _) = caller.scope { properties["owner_project_name"] = project.name }
    return properties
  }

  /// Properties that mean one image's bytes, not those of a snapshot of a server made from them
  /// (`non_inheritable_image_properties` and what Nova adds to it).
  private static let notInherited: Set = [
    "cache_in_nova", "bittorrent", "cinder_encryption_key_id", "cinder_encryption_key_deletion_policy",
    "img_signature", "img_signature_hash_method", "img_signature_key_type", "img_signature_certificate_uuid",
  ]

  private static func isInherited(_ property: String) -> Bool {
    !notInherited.contains(property) && !property.hasPrefix("os_glance")
  }

  static func completeSnapshot(_ transition: Transition, _ db: Connection, _ world: World) throws {
    guard let image = JSON(stored: transition.payload)?.text else { return }
    try world.crossings.images?.completeSnapshot(image, db, world)
  }

  /// The boot is done: the server is on a host, if that takes it.
  static func launch(_ transition: Transition, _ db: Connection, _ world: World) throws {
    try Scheduler.place(transition.resource, db, world)
    let settings = world.compute
    let launched = world.now.seconds * 1_000_000
    try db.execute(
      """
      UPDATE servers SET host = ?, availability_zone = ?, launched_at = ?, root_device_name = '/dev/vda' WHERE uuid = ?
      """,
      settings.host, try Aggregate.zone(db, world), launched, transition.resource)
  }
}

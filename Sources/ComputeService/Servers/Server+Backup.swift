import OpenStackAPI
import Persistence

/// Images of a server of which only so many are kept (Compute API, "Create Server Back Up").
extension Server {
  static let backups: [Route] = [
    .action(
      "/servers/:id/action", "createBackup", "os_compute_api:os-create-backup",
      body: Body(
        "createBackup",
        [
          .string("name", 1...255, format: .name, .required), Property("backup_type", .string(), .required),
          Property("rotation", .integerOrDigits(0...Int.max, digits: "^[0-9]*$"), .required),
          Property("metadata", .metadata),
        ]), run: createBackup)
  ]

  private static func createBackup(_ call: Call) async throws -> Response {
    let (type, rotation) = (call.input["backup_type"]?.text ?? "", call.input["rotation"]?.wholeNumber ?? 0)
    let given = call.input["metadata"]?.object?.members ?? []
    let imageID = call.world.identifiers.uuid()
    let payload: JSON = ["image": .string(imageID), "type": .string(type), "rotation": .integer(rotation)]
    try await call.world.write { db in
      let server = try find(call.parameter("id"), call, db)
      try refuseImageMetadata(given.count, call, db)
      try ServerLifecycle.createBackup.check(server, call)
      let more = given.map { ($0.key, $0.value.text ?? "") }
      try server.createSnapshot(
        imageID, name: call.input["name"]?.text ?? "",
        more: [("image_type", "backup")] + more + [("backup_type", type)], call, db)
      try ServerLifecycle.createBackup.begin(server.id, payload: payload.jsonText, call, db)
    }
    if call.version >= "2.45" { return .json { json in json.member("image_id", imageID) } }
    return rotation > 0 ? Response(headers: [("Location", call.link("/images/", imageID))]) : .empty
  }

  /// The backup is made, and the oldest ones of its type above the rotation go.
  static func completeBackup(_ transition: Transition, _ db: Connection, _ world: World) throws {
    guard let kept = JSON(stored: transition.payload), let image = kept["image"]?.text,
      let type = kept["type"]?.text, let rotation = kept["rotation"]?.integer, let images = world.crossings.images
    else { return }
    try images.completeSnapshot(image, db, world)
    let all = try images.images(
      with: ["image_type": "backup", "backup_type": type, "instance_uuid": transition.resource], db)
    for old in all.dropFirst(max(0, rotation)) { try images.discard(old, db, world) }
  }
}

import OpenStackAPI
import Persistence

/// A project that an image is shared with, and what it answered (Image API v2, "Sharing").
struct ImageMember: Sendable {
  let imageID: String
  /// The project; nobody checks that there is one of this name.
  let project: String
  var status = Status.pending
  let createdAt: Timestamp
  var updatedAt: Timestamp

  /// What the project said to the offer. Default lists show accepted images only.
  enum Status: String, Sendable, Bindable, ColumnDecodable {
    case pending, accepted, rejected
  }
}

extension ImageMember {
  static let view = View<ImageMember>([
    Field("member_id", \.project),
    Field("image_id", \.imageID),
    Field("status", \.status.rawValue),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
    Field("schema", { _ in "/v2/schemas/member" }),
  ])

  static let routes: [Route] = [
    .get("/images/:image_id/members", "get_members", ImageRules.memberReader, access: .resource, run: list),
    .post(
      "/images/:image_id/members", "add_member", ImageRules.member, access: .resource, body: .unchecked, returns: 200,
      run: create),
    .get("/images/:image_id/members/:member_id", "get_member", ImageRules.memberReader, access: .resource, run: show),
    .put(
      "/images/:image_id/members/:member_id", "modify_member", ImageRules.sharedMember, access: .resource,
      body: .unchecked, run: update),
    .delete("/images/:image_id/members/:member_id", "delete_member", ImageRules.member, access: .resource, run: delete),
  ]

  private static let onlyShared = "Only shared images have members."

  @Sendable private static func list(_ call: Call) throws -> Response {
    let members = try call.world.read { db in
      let image = try call.sharedImage(db) {
        .forbidden("Not allowed to list members for image \($0): \(onlyShared)", reason: .state)
      }
      try call.authorize(image)
      guard call.isAllowed("get_member", try image.target(for: call.caller)) else { return [ImageMember]() }
      return try all(of: image, seenBy: call.caller, db)
    }
    return .json { json in
      let fields = view.projection(for: call)
      json.array("members") { json in for member in members { fields.write(member, to: &json) } }
      json.member("schema", "/v2/schemas/members")
    }
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let member = try call.world.read { db in
      let image = try call.sharedImage(db) { _ in .notFound(onlyShared, reason: .state) }
      try call.authorize(image, rule: "get_image")
      guard call.isAllowed("get_member", try image.target(for: call.caller)) else {
        throw Fault.notFound(call.exchange.service.dialect.denied("get_member").message, reason: .policy)
      }
      return try named(by: call, of: image, db)
    }
    return member.response(call)
  }

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let project = try newProject(call.listOrObject())
    let member = try await call.world.write { db in
      let image = try call.sharedImage(db) {
        .forbidden("Not allowed to create members for image \($0).", reason: .state)
      }
      try call.authorize(image)
      let count = try db.first("SELECT count(*) FROM image_members WHERE image_id = ?", image.id, as: Int.self) ?? 0
      try ImageLimits.refuseMembers(count + 1, of: image.id)
      let member = ImageMember(imageID: image.id, project: project, createdAt: call.now, updatedAt: call.now)
      try member.insert(db)
      return member
    }
    return member.response(call)
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let status = try newStatus(call.listOrObject())
    let member = try await call.world.write { db in
      let image = try call.sharedImage(db) {
        .forbidden("Not allowed to update members for image \($0).", reason: .state)
      }
      try call.authorize(image, rule: "get_member")
      var member = try named(by: call, of: image, db)
      try call.authorize(image)
      guard let status = status.text.flatMap(Status.init) else {
        throw Fault.badRequest("Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\".")
      }
      (member.status, member.updatedAt) = (status, call.now)
      try db.execute(
        "UPDATE image_members SET status = ?, updated_at = ? WHERE image_id = ? AND member = ?", member.status,
        member.updatedAt.microseconds, member.imageID, member.project)
      return member
    }
    return member.response(call)
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let image = try call.sharedImage(db) {
        .forbidden("Not allowed to delete members for image \($0).", reason: .state)
      }
      try call.authorize(image, rule: "get_member")
      let member = try named(by: call, of: image, db)
      try call.authorize(image)
      try db.execute("DELETE FROM image_members WHERE image_id = ? AND member = ?", image.id, member.project)
    }
    return .empty
  }

  private func response(_ call: Call) -> Response {
    .json { json in Self.view.projection(for: call).writeMembers(of: self, to: &json) }
  }
}

// What clients send.
extension ImageMember {
  private static func newProject(_ body: JSON) throws(Fault) -> String {
    let member = try field(
      "member", of: body, missing: "Member to be added not specified",
      malformed: "Expected a member in the form: {\"member\": \"image_id\"}")
    switch member {
    case "", .null, 0, false, [], [:]: throw .badRequest("Member can't be empty")
    default: break
    }
    guard let project = member.text else {
      throw .badRequest("Expected a member in the form: {\"member\": \"image_id\"}")
    }
    return project
  }

  private static func newStatus(_ body: JSON) throws(Fault) -> JSON {
    try field(
      "status", of: body, missing: "Status not specified",
      malformed: "Expected a status in the form: {\"status\": \"status\"}")
  }

  private static func field(_ name: String, of body: JSON, missing: String, malformed: String) throws(Fault) -> JSON {
    guard body.array == nil else { throw .badRequest(malformed) }
    guard let value = body[name] else { throw .badRequest(missing) }
    return value
  }
}

// Rows.
extension ImageMember: RowDecodable {
  private static let columns = "image_id, member, status, created_at, updated_at"

  init(row: inout Row) throws {
    imageID = try row.next()
    project = try row.next()
    status = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
  }

  func insert(_ db: Connection) throws {
    do {
      try db.execute(
        "INSERT INTO image_members (\(Self.columns)) VALUES (?, ?, ?, ?, ?)", imageID, project, status,
        createdAt.microseconds, updatedAt.microseconds)
    } catch DatabaseError.constraint(.unique, _) {
      throw Fault.conflict("Member \(project) is duplicated for image \(imageID)")
    }
  }

  /// The members of an image that a caller sees: all for its owner and for administrators, the others see themselves.
  private static func all(of image: Image, seenBy caller: Authorization, _ db: Connection) throws -> [ImageMember] {
    let select = "SELECT \(columns) FROM image_members WHERE image_id = ?"
    guard !caller.isAdmin, image.owner != caller.projectID else {
      return try db.query(select + " ORDER BY id", image.id)
    }
    return try db.query(select + " AND member = ?", image.id, caller.projectID)
  }

  /// The member that the path names, if the caller sees it.
  private static func named(by call: Call, of image: Image, _ db: Connection) throws -> ImageMember {
    let name = call.parameter("member_id")
    guard let member = try all(of: image, seenBy: call.caller, db).first(where: { $0.project == name }) else {
      throw Fault.notFound("\(name) not found in the member list of the image \(image.id).")
    }
    return member
  }
}

extension Call {
  /// The image that the path names, if the caller sees it and it is one that has members.
  fileprivate func sharedImage(_ db: Connection, otherwise: (String) -> Fault) throws -> Image {
    let image = try visibleImage(db) { .notFound("Image \($0) not found.") }
    guard image.visibility == .shared else { throw otherwise(image.id) }
    return image
  }
}

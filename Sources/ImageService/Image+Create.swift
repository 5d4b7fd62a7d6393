import OpenStackAPI

extension Image {
  @Sendable static func create(_ call: Call) async throws -> Response {
    let draft = try ImageDraft(call.listOrObject())
    let owner = try draft.owner ?? call.caller.projectID
    try authorize(draft, owner: owner, call)
    let image = draft.image(id: call.world.identifiers.uuid(), owner: owner, at: call.now)
    try await call.world.write { db in
      try ImageQuota.countTotal.enforce(adding: 1, call, db)
      try image.insert(db)
    }
    return created(image, call)
  }

  private static func authorize(_ draft: ImageDraft, owner: String?, _ call: Call) throws {
    var target = ["visibility": (draft.visibility ?? .private).rawValue]
    target["project_id"] = owner
    target["owner"] = owner
    if !call.isAllowed("add_image", target), try owner != call.caller.projectID {
      throw Fault.forbidden("You are not permitted to create images owned by '\(owner ?? "None")'").asDetail()
    }
    try call.authorize(target)
    if let visibility = draft.visibility { try call.authorize(visibility: visibility, target) }
  }

  private static func created(_ image: Image, _ call: Call) -> Response {
    var response = image.response(call).with("Location", call.link("/images/", image.id))
    let methods = call.world.imports.enabledMethods.map(\.rawValue)
    if !methods.isEmpty {
      response = response.with("OpenStack-image-import-methods", methods.joined(separator: ","))
    }
    let stores = call.world.imageStores.all.map(\.id)
    return response.with("OpenStack-image-store-ids", stores.joined(separator: ","))
  }
}

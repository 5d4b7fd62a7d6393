import OpenStackAPI
import Persistence

// Actions and tags: changes that have a path of their own.
extension Image {
  @Sendable static func deactivate(_ call: Call) async throws -> Response {
    try await call.change(from: .active, to: .deactivated, "deactivate")
  }

  @Sendable static func reactivate(_ call: Call) async throws -> Response {
    try await call.change(from: .deactivated, to: .active, "reactivate")
  }

  @Sendable static func addTag(_ call: Call) async throws -> Response {
    try call.refuseBody()
    let tag = call.parameter("tag_value")
    try ImageSchemas.image.validate(["tags": [.string(tag)]])
    return try await call.changeTags { image throws(Fault) in
      guard !image.tags.contains(tag) else { return }
      image.tags.append(tag)
      try ImageLimits.refuseTag(image.tags.count, of: image.id)
    }
  }

  @Sendable static func removeTag(_ call: Call) async throws -> Response {
    try call.refuseBody()
    let tag = call.parameter("tag_value")
    return try await call.changeTags { image throws(Fault) in
      guard let place = image.tags.firstIndex(of: tag) else {
        throw .notFound("The resource could not be found.")
      }
      image.tags.remove(at: place)
    }
  }
}

extension Call {
  /// Doing again what was done already does nothing.
  fileprivate func change(from: ImageStatus, to: ImageStatus, _ verb: String) async throws -> Response {
    try refuseBody()
    try await world.write { db in
      var image = try self.visibleImage(db)
      try self.authorize(image)
      guard image.status != to else { return }
      guard image.status == from else {
        throw Fault.forbidden("Not allowed to \(verb) image in status '\(image.status.rawValue)'", reason: .state)
      }
      try image.move(to: to)
      try image.save(db, at: self.now)
    }
    return .empty
  }

  fileprivate func changeTags(_ change: @escaping @Sendable (inout Image) throws(Fault) -> Void) async throws
    -> Response
  {
    try await world.write { db in
      var image = try self.visibleImage(db) { .notFound("Image \($0) not found.") }
      try self.authorize(image)
      try change(&image)
      try image.save(db, at: self.now)
    }
    return .empty
  }
}

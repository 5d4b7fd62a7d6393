import OpenStackAPI
import Persistence

// PUT /v2/images/{id}/stage
extension Image {
  /// Takes bytes in that belong to no store yet; an import brings them there.
  @Sendable static func stage(_ call: Call) async throws -> Response {
    guard call.world.imports.enabledMethods.contains(.glanceDirect) else {
      throw Fault.notFound("'glance-direct' method is not available at this site.", reason: .route)
    }
    let blob = try await receive(call, as: .uploading)
    try await finish(call, blob, while: .uploading) { image throws(Fault) in
      image.staged = blob.id
      image.size = blob.size
    }
    return .empty
  }
}

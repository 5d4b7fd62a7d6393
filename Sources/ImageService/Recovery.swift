import OpenStackAPI
import Persistence

/// Puts in order what an earlier run left half done: uploads that were under way can begin anew, and bytes that no image
/// owns are removed.
enum Recovery {
  @Sendable static func run(_ world: World) async throws {
    let owned = try await world.write { db in
      try db.execute(
        """
        UPDATE images SET status = 'queued', size = NULL, virtual_size = NULL, updated_at = ? WHERE status = 'saving'
          OR status = 'uploading' AND blob IS NULL
        """, world.now.microseconds)
      try db.execute(
        """
        DELETE FROM image_blobs
        WHERE id <> ? AND NOT EXISTS (SELECT 1 FROM images WHERE images.blob = image_blobs.id)
          AND NOT EXISTS (SELECT 1 FROM image_locations WHERE image_locations.blob = image_blobs.id)
        """, BlankImage.id)
      return Set(try db.query("SELECT id FROM image_blobs", as: String.self))
    }
    // The blank image is made anew if it is gone.
    let expected = owned.filter { $0 != BlankImage.id?.rawValue }.compactMap { BlobID(rawValue: $0) }
    try world.blobs.sweep(expecting: Set(expected)) {
      !$0.rawValue.hasPrefix(ImageBlob.prefix) || owned.contains($0.rawValue)
    }
    try await BlankImage.provide(world)
  }
}

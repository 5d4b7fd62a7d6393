import OpenStackAPI
import Persistence

/// What of Glance has a status to wait for.
enum ImageResources {
  static let all = [
    ResourceKind("image", failure: "killed") { db, wanted in
      try db.query(
        "SELECT id, name, status FROM images WHERE id = ? UNION SELECT id, name, status FROM images WHERE name = ?",
        wanted, wanted)
    },
    ResourceKind("task", failure: "failure") { db, wanted in
      try db.query("SELECT id, NULL, status FROM image_tasks WHERE id = ?", wanted)
    },
  ]
}

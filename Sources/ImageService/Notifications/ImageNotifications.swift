import OpenStackAPI

/// What Glance tells of images, members and tasks (glance.notifier).
enum ImageNotifications {
  static let all = images + members + tasks + MetadefNotifications.all

  // MARK: Images

  private static let images = [
    NotificationSource(
      "images", .insert, completedBy: completion, [GlanceNotification("image.create", image("new")).draft]),
    NotificationSource(
      "images", .update, completedBy: completion,
      [
        GlanceNotification(
          "image.prepare", image("new"), where: "new.status = 'saving' AND old.status <> 'saving'"
        ).draft,
        GlanceNotification("image.upload", image("new"), where: isUploaded).draft,
        GlanceNotification("image.activate", image("new"), where: isUploaded).draft,
        GlanceNotification("image.update", image("new")).draft,
      ]),
    NotificationSource(
      "images", .delete, completedBy: completion,
      [GlanceNotification("image.delete", image("old"), isDeleted: true, and: details("old.id")).draft]),
  ]

  private static let isUploaded = "new.status = 'active' AND old.status IN ('saving', 'uploading', 'importing')"

  private static func image(_ row: String) -> [(String, String)] {
    func same(_ names: String...) -> [(String, String)] { names.map { ($0, "\(row).\($0)") } }
    return same("id", "name", "status") + GlanceNotification.moments(row) + same("min_disk", "min_ram")
      + [("protected", NotificationValue.truth("\(row).protected"))]
      + same("checksum", "owner", "disk_format", "container_format", "size", "virtual_size")
      + [("is_public", NotificationValue.truth("\(row).visibility = 'public'"))] + same("visibility")
  }

  private static func details(_ id: String) -> [(String, String)] {
    [
      (
        "properties",
        NotificationValue.json("SELECT json_group_object(name, value) FROM image_properties WHERE image_id = \(id)")
      ),
      ("tags", NotificationValue.json("SELECT json_group_array(value) FROM image_tags WHERE image_id = \(id)")),
    ]
  }

  /// Properties and tags are written after the image's row.
  private static let completion = NotificationCompletion(
    key: "id",
    payload: "json_set(payload, "
      + details("json_extract(payload, '$.id')").map { "'$.\($0.0)', \($0.1)" }.joined(separator: ", ") + ")")

  // MARK: Members

  private static let members = [
    NotificationSource("image_members", .insert, [member("create", "new")]),
    NotificationSource("image_members", .update, [member("update", "new")]),
    NotificationSource(
      "image_members", .delete, where: "EXISTS (SELECT 1 FROM images WHERE id = old.image_id)",
      [member("delete", "old", isDeleted: true)]),
  ]

  private static func member(_ action: String, _ row: String, isDeleted: Bool = false) -> NotificationDraft {
    GlanceNotification(
      "image.member.\(action)",
      [("image_id", "\(row).image_id"), ("member_id", "\(row).member"), ("status", "\(row).status")]
        + GlanceNotification.moments(row), isDeleted: isDeleted
    ).draft
  }

  // MARK: Tasks

  private static let tasks = [
    NotificationSource("image_tasks", .insert, [task("create", where: "TRUE")]),
    NotificationSource(
      "image_tasks", .update, where: "new.status <> old.status",
      [
        task("run", where: "new.status = 'processing'"), task("processing", where: "new.status = 'processing'"),
        task("success", where: "new.status = 'success'"), task("failure", where: "new.status = 'failure'"),
      ]),
  ]

  /// Without what went in and came out, which may be secret.
  private static func task(_ action: String, where condition: String) -> NotificationDraft {
    GlanceNotification(
      "task.\(action)",
      ["id", "type", "status"].map { ($0, "new.\($0)") }
        + [
          ("result", "NULL"), ("owner", "new.owner"), ("message", "NULL"),
          ("expires_at", NotificationValue.moment("new.expires_at")),
        ] + GlanceNotification.moments("new"), where: condition
    ).draft
  }
}

/// One of Glance's notifications: a plain object, which says of everything whether it is deleted.
struct GlanceNotification {
  let draft: NotificationDraft

  init(
    _ type: String, _ fields: [(String, String)], isDeleted: Bool = false, and more: [(String, String)] = [],
    where condition: String = "TRUE"
  ) {
    let now = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
    let all =
      fields + more + [
        ("deleted", NotificationValue.truth(isDeleted ? "TRUE" : "FALSE")), ("deleted_at", isDeleted ? now : "NULL"),
      ]
    let members = all.map { "'\($0.0)', \($0.1)" }.joined(separator: ", ")
    draft = NotificationDraft(
      "'\(type)'", by: "'image.localhost'", payload: "json_object(\(members))", where: condition)
  }

  static func moments(_ row: String) -> [(String, String)] {
    ["created_at", "updated_at"].map { ($0, NotificationValue.moment("\(row).\($0)")) }
  }
}

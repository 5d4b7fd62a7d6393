import OpenStackAPI

/// What users of Glance make and end.
enum ImageResources {
  static let all =
    [
      image,
      ResourceKind(
        "image_member", in: "image_members", id: "image_id || '/' || member", project: "member", created: "created_at",
        key: .text("image_id || '/' || member || ' ' || created_at"), unseen: ["id"]),
      ResourceKind(
        "task", in: "image_tasks", called: "type", project: "owner", user: "user_id", created: "created_at",
        request: "request_id", isEndedByClients: false, status: ResourceStatus("status", failure: "failure")),
    ] + metadefs

  private static let image = ResourceKind(
    "image", in: "images", called: "name", project: "owner", created: "created_at",
    key: .text("id || ' ' || created_at"),
    parts: [
      ResourcePart(
        "properties", in: "image_properties", where: "image_id = images.id", shown: "name || '=' || value"),
      ResourcePart("tags", in: "image_tags", where: "image_id = images.id", shown: "value"),
      ResourcePart(
        "locations", in: "image_locations", where: "image_id = images.id", shown: "ifnull(address, metadata)"),
    ],
    unseen: ["blob"], status: ResourceStatus("status", failure: "killed"))

  private static let metadefs = [
    ResourceKind(
      "metadef_namespace", in: "metadef_namespaces", id: "namespace", called: "display_name", project: "owner",
      created: "created_at", key: .text("namespace || ' ' || created_at"), unseen: ["id"]),
    ofNamespace("metadef_object", "metadef_objects", created: "created_at"),
    ofNamespace("metadef_property", "metadef_properties"),
    ofNamespace("metadef_tag", "metadef_tags", created: "created_at"),
    ofNamespace(
      "metadef_association", "metadef_associations",
      called: "(SELECT name FROM metadef_resource_types AS t WHERE t.id = resource_type_id)", created: "created_at"),
    // It is made with the first association and stays.
    ResourceKind(
      "metadef_resource_type", in: "metadef_resource_types", id: "name", called: "name", created: "created_at",
      isEndedByClients: false, unseen: ["id"]),
  ]

  private static func ofNamespace(
    _ name: String, _ table: String, called title: String = "name", created: String? = nil
  ) -> ResourceKind {
    let id = "(SELECT namespace FROM metadef_namespaces AS n WHERE n.id = namespace_id) || '/' || \(title)"
    return ResourceKind(
      name, in: table, id: id, called: title, created: created,
      key: .text(created.map { "\(id) || ' ' || \($0)" } ?? id), unseen: ["id", "namespace_id", "resource_type_id"])
  }
}

import OpenStackAPI

/// What Glance tells of metadata definitions (glance.notifier).
enum MetadefNotifications {
  static let all =
    sources("metadef_namespace", of: "metadef_namespaces", namespace)
    + sources("metadef_object", of: "metadef_objects", object) + sources("metadef_tag", of: "metadef_tags", tag)
    + sources("metadef_property", of: "metadef_properties", property)
    + sources("metadef_resource_type", of: "metadef_associations", association)

  /// Created, updated and deleted, but for what goes with its namespace.
  private static func sources(
    _ name: String, of table: String, _ fields: (_ row: String, _ old: String) -> [(String, String)]
  ) -> [NotificationSource] {
    let isOfNamespace = table != "metadef_namespaces"
    return [
      NotificationSource(table, .insert, [GlanceNotification("\(name).create", fields("new", "new")).draft]),
      NotificationSource(table, .update, [GlanceNotification("\(name).update", fields("new", "old")).draft]),
      NotificationSource(
        table, .delete,
        where: isOfNamespace ? "EXISTS (SELECT 1 FROM metadef_namespaces WHERE id = old.namespace_id)" : "TRUE",
        [GlanceNotification("\(name).delete", fields("old", "old"), isDeleted: true).draft]),
    ]
  }

  private static func same(_ row: String, _ names: String...) -> [(String, String)] {
    names.map { ($0, "\(row).\($0)") }
  }

  private static func namespace(_ row: String, _ old: String) -> [(String, String)] {
    same(row, "namespace") + [("namespace_old", "\(old).namespace")] + same(row, "display_name")
      + [("protected", NotificationValue.truth("\(row).protected"))] + same(row, "visibility", "owner", "description")
      + GlanceNotification.moments(row)
  }

  /// The names that all have which belong to a namespace.
  private static func names(_ row: String, _ old: String) -> [(String, String)] {
    [
      ("namespace", "(SELECT namespace FROM metadef_namespaces WHERE id = \(row).namespace_id)"),
      ("name", "\(row).name"), ("name_old", "\(old).name"),
    ]
  }

  private static func tag(_ row: String, _ old: String) -> [(String, String)] {
    names(row, old) + GlanceNotification.moments(row)
  }

  private static func object(_ row: String, _ old: String) -> [(String, String)] {
    let properties = words.map { "'\($0)', json_extract(value, '$.\($0)')" }.joined(separator: ", ")
    return names(row, old)
      + [
        (
          "properties",
          NotificationValue.json(
            "SELECT json_group_array(json_object('name', key, \(properties))) FROM json_each(\(row).properties)")
        ), ("required", "json(\(row).required)"), ("description", "\(row).description"),
      ] + GlanceNotification.moments(row)
  }

  private static func property(_ row: String, _ old: String) -> [(String, String)] {
    names(row, old) + words.map { ($0, "json_extract(\(row).definition, '$.\($0)')") }
  }

  /// What a definition may say of a property.
  private static let words = [
    "type", "title", "description", "default", "minimum", "maximum", "enum", "pattern", "minLength", "maxLength",
    "confidential", "items", "uniqueItems", "minItems", "maxItems", "additionalItems",
  ]

  private static func association(_ row: String, _ old: String) -> [(String, String)] {
    func name(_ row: String) -> String {
      "(SELECT name FROM metadef_resource_types WHERE id = \(row).resource_type_id)"
    }
    return [
      ("namespace", "(SELECT namespace FROM metadef_namespaces WHERE id = \(row).namespace_id)"), ("name", name(row)),
      ("name_old", name(old)),
    ] + same(row, "prefix", "properties_target") + GlanceNotification.moments(row)
  }
}

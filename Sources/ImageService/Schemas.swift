import OpenStackAPI

/// `GET /v2/schemas/...`: what glanceclient asks for before anything else.
enum Schemas {
  static let routes: [Route] = documents.map { path, document in
    .get("/schemas/" + path, "schemas", .unprotected) { _ in
      .json { json in
        for (name, value) in document.object?.members ?? [] {
          json.key(name)
          value.write(to: &json)
        }
      }
    }
  }

  private static let documents: [(path: String, document: JSON)] = [
    ("image", ImageSchemas.image.raw),
    ("images", ImageSchemas.image.page("images")),
    ("member", ImageSchemas.member.minimal),
    ("members", ImageSchemas.member.page("members", isMinimal: true)),
    ("task", ImageSchemas.task.minimal),
    ("tasks", ImageSchemas.briefTask.page("tasks", isMinimal: true)),
    ("metadefs/namespace", MetadefSchemas.namespace.raw),
    ("metadefs/namespaces", MetadefSchemas.namespace.page("namespaces")),
    ("metadefs/resource_type", MetadefSchemas.resourceType.raw),
    ("metadefs/resource_types", MetadefSchemas.resourceType.page("resource_type_associations")),
    ("metadefs/property", MetadefSchemas.property.raw),
    ("metadefs/properties", MetadefSchemas.namedProperty.dictionary("properties")),
    ("metadefs/object", MetadefSchemas.object.raw),
    ("metadefs/objects", MetadefSchemas.object.page("objects")),
    ("metadefs/tag", MetadefSchemas.tag.raw),
    ("metadefs/tags", MetadefSchemas.tag.page("tags")),
  ]
}

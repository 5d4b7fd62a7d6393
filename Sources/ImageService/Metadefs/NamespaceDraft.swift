import OpenStackAPI
import Persistence

/// What a client says of a namespace and of what it holds, checked: the body of `POST`, or an entry of the catalog.
struct NamespaceDraft: Sendable {
  let body: JSONObject
  let types: [MetadefResourceType.Draft]
  let objects: [MetadefObject.Draft]
  let properties: [MetadefProperty]
  let tags: [String]

  init(_ body: JSONObject) throws(Fault) {
    self.body = body
    var types: [MetadefResourceType.Draft] = []
    for entry in body["resource_type_associations"]?.array ?? [] { types.append(try .init(entry)) }
    var objects: [MetadefObject.Draft] = []
    for entry in body["objects"]?.array ?? [] { objects.append(try .init(entry)) }
    var properties: [MetadefProperty] = []
    for (name, definition) in body["properties"]?.object?.members ?? [] {
      properties.append(try MetadefProperty(name: name, definition: definition))
    }
    var tags: [String] = []
    for entry in body["tags"]?.array ?? [] { tags.append(try MetadefTag.name(in: entry)) }
    (self.types, self.objects, self.properties, self.tags) = (types, objects, properties, tags)
  }

  /// The rules for what the namespace comes with.
  var rules: [String] {
    let parts = [
      (types.isEmpty, "add_metadef_resource_type_association"), (objects.isEmpty, "add_metadef_object"),
      (properties.isEmpty, "add_metadef_property"), (tags.isEmpty, "add_metadef_tag"),
    ]
    return parts.filter { !$0.0 }.map(\.1)
  }

  func namespace(owner: String?, at moment: Timestamp) -> MetadefNamespace {
    MetadefNamespace(
      name: body["namespace"]?.text ?? "", displayName: body["display_name"]?.text,
      description: body["description"]?.text, visibility: body["visibility"]?.text ?? "private",
      isProtected: body["protected"]?.bool ?? false, owner: body["owner"]?.text ?? owner, createdAt: moment,
      updatedAt: moment)
  }

  /// Adds the namespace with all it holds, or nothing.
  func insert(_ namespace: MetadefNamespace, _ db: Connection) throws -> MetadefNamespace {
    let stored = try namespace.inserted(db)
    for type in types { try type.insert(in: stored, at: stored.createdAt, db) }
    for object in objects { try object.insert(in: stored, at: stored.createdAt, db) }
    for tag in tags { try MetadefTag.insert(tag, in: stored, at: stored.createdAt, db) }
    for property in properties { try property.insert(in: stored, db) }
    return stored
  }
}

extension MetadefNamespace {
  /// The namespace as it was just made: what the client sent, without what Glance adds to it later.
  func response(_ call: Call, contents: NamespaceDraft, _ db: Connection) throws -> Response {
    .json { json in
      MetadefNamespace.view.projection(for: call).writeMembers(of: self, to: &json)
      for name in ["resource_type_associations", "properties", "objects", "tags"] {
        guard let value = contents.body[name] else { continue }
        json.key(name)
        value.write(to: &json)
      }
    }
  }

  /// The namespace with all it holds; with `resource_type` in the query, names begin as they do for that type.
  func response(_ call: Call, _ db: Connection) throws -> Response {
    let types = try MetadefResourceType.all(of: self, db)
    let objects = try MetadefObject.all(of: self, db)
    let properties = try MetadefProperty.all(of: self, db)
    let tags = try MetadefTag.names(of: self, db)
    let wanted = call.query["resource_type"]
    let prefix = types.first { $0.name == wanted }?.prefix ?? ""
    return .json { json in
      MetadefNamespace.view.projection(for: call).writeMembers(of: self, to: &json)
      MetadefResourceType.write(types, call, ifAny: true, to: &json)
      if !properties.isEmpty { MetadefProperty.write(properties, prefix: prefix, to: &json) }
      if !objects.isEmpty {
        json.array("objects") { json in
          for object in objects { object.write(in: name, prefix: prefix, to: &json) }
        }
      }
      if !tags.isEmpty { MetadefTag.write(tags, to: &json) }
    }
  }
}

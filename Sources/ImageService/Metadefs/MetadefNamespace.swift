import OpenStackAPI
import Persistence

/// A namespace: a set of definitions with an owner (Image API, "Metadata definition namespaces").
struct MetadefNamespace: Sendable {
  var id = 0
  var name: String
  var displayName: String?
  var description: String?
  var visibility: String
  var isProtected: Bool
  var owner: String?
  var createdAt: Timestamp
  var updatedAt: Timestamp
}

extension MetadefNamespace {
  static let view = View<MetadefNamespace>([
    Field("namespace", \.name),
    Field("display_name", ifPresent: \.displayName),
    Field("description", ifPresent: \.description),
    Field("visibility", \.visibility),
    Field("protected", \.isProtected),
    Field("owner", ifPresent: \.owner),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
    Field("self", \.path),
    Field("schema", { _ in "/v2/schemas/metadefs/namespace" }),
  ])

  var path: String { "/v2/metadefs/namespaces/" + name }

  private static let readOnly = ["self", "schema", "created_at", "updated_at"]

  static let routes: [Route] = [
    .get("/metadefs/namespaces", "get_metadef_namespaces", ImageRules.reader, access: .resource, run: list),
    .post(
      "/metadefs/namespaces", "add_metadef_namespace", .admin, access: .resource, body: .unchecked, returns: 201,
      run: create),
    .get("/metadefs/namespaces/:namespace", "get_metadef_namespace", Metadefs.reader, access: .resource, run: show)
      .after(Metadefs.refuseBody),
    .put(
      "/metadefs/namespaces/:namespace", "modify_metadef_namespace", .admin, access: .resource, body: .unchecked,
      run: update),
    .delete("/metadefs/namespaces/:namespace", "delete_metadef_namespace", .admin, access: .resource, run: delete)
      .after(Metadefs.refuseBody),
    .delete("/metadefs/namespaces/:namespace/objects", "delete_metadef_namespace", .admin, access: .resource) {
      try await clear("metadef_objects", $0)
    },
    .delete("/metadefs/namespaces/:namespace/properties", "delete_metadef_namespace", .admin, access: .resource) {
      try await clear("metadef_properties", $0)
    },
    .delete("/metadefs/namespaces/:namespace/tags", "delete_metadef_tags", .admin, access: .resource) {
      try await clear("metadef_tags", $0)
    },
  ]

  @Sendable private static func create(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.namespace, readOnly: readOnly)
    let draft = try NamespaceDraft(body)
    try call.authorize(in: nil)
    for rule in draft.rules { try call.authorize(in: nil, rule: rule) }
    let namespace = try draft.namespace(owner: call.caller.projectID, at: call.now)
    let stored = try await call.world.write { db in try draft.insert(namespace, db) }
    let response = try call.world.read { db in try stored.response(call, contents: draft, db) }
    return response.with("Location", call.exchange.base + "/v2/metadefs/namespaces/" + stored.name.percentEncoded)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    try call.world.read { db in
      let namespace = try call.namespace(db, missing: absent) { _ in
        .notFound("The resource could not be found.", reason: .policy)
      }
      try call.authorize(in: namespace)
      let parts = ["list_metadef_resource_types"] + ["objects", "properties", "tags"].map { "get_metadef_" + $0 }
      for rule in parts { try call.authorize(in: namespace, rule: rule) }
      return try namespace.response(call, db)
    }
  }

  @Sendable private static func update(_ call: Call) async throws -> Response {
    let body = try Metadefs.input(call, MetadefSchemas.namespace, readOnly: readOnly)
    let draft = try NamespaceDraft(body)
    let owner = try call.caller.projectID
    let shown = try await call.world.write { db in
      let old = try call.namespace(db)
      try call.authorize(in: old)
      var new = draft.namespace(owner: owner, at: old.createdAt)
      (new.id, new.updatedAt) = (old.id, call.now)
      try new.save(db)
      new.updatedAt = old.updatedAt
      return new
    }
    return .json { json in view.projection(for: call).writeMembers(of: shown, to: &json) }
  }

  @Sendable private static func delete(_ call: Call) async throws -> Response {
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace)
      try namespace.refuseIfProtected("namespace", namespace.name)
      try db.execute("DELETE FROM metadef_namespaces WHERE id = ?", namespace.id)
    }
    return .empty
  }

  private static func clear(_ table: String, _ call: Call) async throws -> Response {
    try await call.world.write { db in
      let namespace = try call.namespace(db)
      try call.authorize(in: namespace, rule: "delete_metadef_namespace")
      try call.authorize(in: namespace)
      try namespace.refuseIfProtected("namespace", namespace.name)
      try db.execute("DELETE FROM \(table) WHERE namespace_id = ?", namespace.id)
    }
    return .empty
  }

  /// What a protected namespace holds stays.
  func refuseIfProtected(_ what: String, _ name: String) throws(Fault) {
    guard isProtected else { return }
    throw .forbidden("Metadata definition \(what) \(name) is protected and cannot be deleted.", reason: .state)
  }
}

extension MetadefNamespace {
  static func unknown(_ name: String) -> Fault { .notFound("Namespace \(name) not found") }
  static func absent(_ name: String) -> Fault { .notFound("Metadata definition namespace=\(name) was not found.") }

  func isVisible(to caller: Authorization) -> Bool {
    caller.isAdmin || owner == nil || visibility == "public" || owner == caller.projectID
  }

  /// The namespace as policy rules see it.
  var target: PolicyTarget {
    var target = ["visibility": visibility]
    target["project_id"] = owner
    return target
  }
}

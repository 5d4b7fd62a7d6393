import OpenStackAPI

/// The namespaces of a new cloud: the common ones of Glance's shipped catalog, as `glance-manage db_load_metadefs`
/// leaves them.
enum MetadefSeed {
  /// Who owns them, as in Glance: no project.
  private static let owner = "admin"

  @Sendable static func seed(_ world: World) async throws {
    let drafts = try catalog.map { text in
      try NamespaceDraft(JSON(parsing: Array(text.utf8)).object ?? JSONObject())
    }
    try await world.write { db in
      for draft in drafts { _ = try draft.insert(draft.namespace(owner: owner, at: world.now), db) }
    }
  }
}

import OpenStackAPI

/// Glance v2: images, their bytes, and what describes them.
public enum ImageService {
  /// The service, to be added to a cloud.
  public static let service = Service(
    type: "image", name: "glance", mount: "/image",
    catalog: [CatalogEntry(type: "image", name: "glance", path: "/image")],
    apis: [
      API(prefix: "", routes: ImageVersions.root + [HealthCheck.route(reasons: ["OK"])]),
      API(
        prefix: "v2",
        routes: ImageVersions.below + Image.routes + ImageMember.routes + ImageTask.routes + StoreCopy.routes
          + LocationAPI.routes
          + ImageCache.routes
          + Schemas.routes
          + Discovery.routes + ImageUsage.routes
          + Metadefs.routes),
    ],
    dialect: GlanceDialect(), authenticatesUnknownPaths: true, checksPolicyFirst: false,
    refusesTrailingSlash: true, scopes: .project,
    rules: ImageRules.others.merging(Metadefs.rules) { first, _ in first },
    migrations: ImageTables.migrations,
    transitions: [ImageBlob.transition: ImageBlob.remove, ImageCache.kind: ImageCache.fill],
    works: [ImportWork.kind: ImportWork.run], resources: ImageResources.all,
    notifications: ImageNotifications.all,
    configure: ImageSettings.configure, seed: seed, recover: Recovery.run)

  @Sendable private static func seed(_ world: World) async throws {
    try await SeedImage.seed(world)
    try await MetadefSeed.seed(world)
  }

  /// The images, for the services that boot from them.
  public static let catalog: any ImageCatalog = Catalog()
}

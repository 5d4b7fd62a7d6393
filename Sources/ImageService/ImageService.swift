import OpenStackAPI

/// Glance v2: images, their bytes, and what describes them.
public enum ImageService {
  /// The service, to be added to a cloud.
  public static let service = Service(
    type: "image", name: "glance", mount: "/image",
    catalog: [CatalogEntry(type: "image", name: "glance", path: "/image")],
    apis: [
      API(prefix: "", routes: ImageVersions.root),
      API(
        prefix: "v2",
        routes: ImageVersions.below + Image.routes + ImageTask.routes + StoreCopy.routes + LocationAPI.routes
          + ImageCache.routes
          + Schemas.routes
          + Discovery.routes
          + Metadefs.routes),
    ],
    dialect: GlanceDialect(), authenticatesUnknownPaths: true, checksPolicyFirst: false,
    refusesTrailingSlash: true, scopes: .project, rules: ImageRules.others,
    migrations: ImageTables.migrations,
    transitions: [ImageBlob.transition: ImageBlob.remove, ImageCache.kind: ImageCache.fill],
    works: [ImportWork.kind: ImportWork.run],
    configure: ImageSettings.configure, seed: SeedImage.seed, recover: Recovery.run)

  /// The images, for the services that boot from them.
  public static let catalog: any ImageCatalog = Catalog()
}

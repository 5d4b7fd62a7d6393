import OpenStackAPI

/// Keystone: who may use the cloud, and where its services are.
public enum IdentityService {
  static let mount = "/identity"

  /// Checks tokens for all services of a world.
  public static let tokens: any TokenAuthority = TokenChecker()

  /// The service's own entry in the catalog; clients find the versions below it. DevStack of Mitaka named one of them
  /// (lib/keystone, bootstrap_keystone).
  private static let entry = CatalogEntry(
    type: "identity", name: "keystone", path: mount, before: [.newton: "\(mount)/\(V2.prefix)"])

  /// The service of a cloud whose other services have these catalog entries.
  public static func service(catalog: [CatalogEntry]) -> Service {
    let catalogSeed = CatalogSeed(services: [entry] + catalog.filter { $0.type != entry.type })
    let routes = [
      TokenRoutes().routes,
      AuthRoutes().routes,
      Domain.routes,
      Project.routes,
      ProjectTags.routes,
      User.routes,
      PasswordChange.routes,
      Group.routes,
      Membership.routes,
      Role.routes,
      ImpliedRole.routes,
      Grant.routes,
      RoleAssignments.routes,
      Credential.routes,
      EC2Credential.routes,
      EC2TokenRoutes.routes,
      ApplicationCredential.routes,
      UserAccessRule.routes,
      Trust.routes,
      Consumer.routes,
      OAuthRoutes.routes,
      OAuth2Routes.routes,
      AccessToken.routes,
      RevocationRoutes.routes,
      Catalog.routes,
      PolicyFile.routes,
      PolicyAssociation.routes,
      RegisteredLimit.routes,
      Limit.routes,
      DomainConfig.routes,
      Federation.routes,
    ].flatMap { $0 }
    let home = JSONHome(routes)
    return Service(
      type: entry.type, name: entry.name, mount: mount, rootSegments: ["", "v3", V2.prefix], catalog: [entry],
      apis: [
        API(prefix: "", routes: Versions.root(home) + [HealthCheck.route(reasons: [])]),
        API(prefix: "v3", routes: Versions.current(home) + routes),
        V2.api,
      ],
      dialect: KeystoneDialect(), authenticatesUnknownPaths: false, bodyFilter: .everywhere,
      checksPolicyFirst: true, headIsGET: true,
      rules: rules.merging(Trust.rules) { first, _ in first },
      migrations: migrations, resources: IdentityResources.all,
      configure: IdentitySettings.configure,
      seed: { world in
        try await FernetKey.ensure(in: world)
        try await world.settings.get(default: IdentitySettings()).seed.write(to: world)
      },
      recover: { world in
        try await FernetKey.ensure(in: world)
        try await catalogSeed.write(to: world)
      })
  }
}

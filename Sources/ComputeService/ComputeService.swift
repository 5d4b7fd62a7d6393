import OpenStackAPI
import Persistence

/// Nova: servers and what they are made of (Compute API v2.1).
public enum ComputeService {
  private static let routes: [Route] =
    Server.routes + Server.actionRoutes + InstanceAction.routes + RemoteConsole.routes + ServerMetadata.routes
    + Flavor.routes + FlavorExtraSpecs.routes + FlavorAccess.routes + Keypair.routes + Limits.routes
    + ImageProxy.routes + Extensions.routes
    + [ComputeVersions.showRoute] + ServerTags.routes + ServerGroup.routes + quotaRoutes
    + hostRoutes + detailRoutes

  private static let quotaRoutes = QuotaSet.routes + QuotaClass.routes
  private static let detailRoutes =
    ServerAddresses.routes + ServerDiagnostics.routes + ServerDetails.routes + TenantUsage.routes
    + ExternalEvents.routes + ServerMove.routes
    + GoneRoutes.routes
  private static let hostRoutes =
    HostService.routes + AvailabilityZone.routes + Aggregate.routes + Hypervisor.routes + ComputeHost.routes
    + UsageAuditLog.routes

  /// What DevStack registers: the API of v2.1, and that without microversions under a type of its own.
  ///
  /// Source: devstack, lib/nova, create_nova_accounts, by release.
  private static let catalog = [
    CatalogEntry(
      type: "compute", name: "nova", path: "/compute/v2.1", before: [.newton: "/compute/v2.1/$(tenant_id)s"]),
    CatalogEntry(
      type: "compute_legacy", name: "nova_legacy", path: "/compute/v2/$(project_id)s",
      before: [.newton: "/compute/v2/$(tenant_id)s"]),
  ]

  /// The service as a value.
  public static let service = Service(
    type: "compute", name: "nova", mount: "/compute", rootSegments: ["v2.1", "v2"],
    catalog: catalog,
    apis: [
      API(prefix: "", routes: ComputeVersions.rootRoutes),
      API(prefix: "v2.1", routes: [ComputeVersions.documentRoute(isLegacy: false)]),
      API(prefix: "v2", routes: [ComputeVersions.documentRoute(isLegacy: true)]),
      API(prefix: "v2.1", routes: routes, microversions: ComputeVersions.microversions, projectInPath: true),
      API(prefix: "v2", routes: routes, fixedVersion: "2.1", projectInPath: true, dropsUnknownMembers: true),
    ],
    dialect: NovaDialect(), authenticatesUnknownPaths: true,
    bodyFilter: .below(ComputeVersions.prefixes), checksPolicyFirst: false,
    refusesTrailingSlash: true, scopes: .project,
    rules: rules,
    migrations: MigrationSet(
      component: "compute",
      migrations: [
        Migration(1, "flavors, keypairs, servers", Flavor.migration + Keypair.migration + Server.migration),
        Migration(2, "instance actions", InstanceAction.migration),
        Migration(
          3, "server groups, limits, counters, hosts",
          ServerGroup.migration + QuotaLimits.migration + QuotaUsage.migration + HostService.migration
            + Aggregate.migration),
        Migration(4, "shelved servers' images", Server.migrationOfShelving),
        Migration(5, "tokens of consoles", RemoteConsole.migration),
        Migration(6, "lists of servers by state", Server.stateIndexes),
        Migration(7, "usage reports", TenantUsage.migration),
        Migration(8, "moves of servers", ServerMove.migration),
        Migration(9, "what actions work with", InstanceAction.migrationOfPayload),
        Migration(10, "what images need of flavors", ImageNeeds.migration),
        Migration(11, "ports of consoles", RemoteConsole.migrationOfTLS),
      ]
    ),
    transitions: [ServerLifecycle.kind: ServerLifecycle.advance],
    resources: ComputeResources.all, notifications: InstanceNotifications.all + ComputeNotifications.all,
    configure: configure, seed: FlavorSeed.plant)

  /// Rules that no route stands for: what a field or a part of a request asks for (Nova, "Policies").
  private static let rules: [String: PolicyRule] = [
    "compute:server:topology:host:index": .admin,
    "os_compute_api:limits:other_project": .admin,
    "os_compute_api:os-extended-server-attributes": .admin,
    InstanceAction.eventsRule: .admin,
    InstanceAction.detailsRule: .admin,
    "os_compute_api:os-lock-server:unlock:unlock_override": .admin,
    "os_compute_api:os-migrations:index:all_projects": .admin,
    "os_compute_api:os-migrations:index:host": .admin,
    "os_compute_api:os-server-groups:index:all_projects": .admin,
    "os_compute_api:os-migrate-server:migrate:host": .admin,
    "os_compute_api:os-migrate-server:migrate_live:host": .admin,
    "os_compute_api:os-shelve:unshelve_to_host": .admin,
    "os_compute_api:servers:rebuild:trusted_certs": .projectMember,
    "os_compute_api:servers:allow_all_filters": .admin,
    "os_compute_api:servers:create:forced_host": .admin,
    ImageNeeds.zeroDiskRule: .admin,
    "os_compute_api:servers:detail:get_all_tenants": .admin,
    "os_compute_api:servers:index:get_all_tenants": .admin,
    "os_compute_api:servers:show:flavor-extra-specs": .projectReader,
    "os_compute_api:servers:show:host_status": .admin,
    // Services here are up or known to be down, so what this rule shows never comes.
    "os_compute_api:servers:show:host_status:unknown-only": .admin,
    "compute:servers:create:requested_destination": .admin,
  ]

  private static func configure(_ configuration: Configuration, _ settings: inout Settings) throws {
    settings.set(try ComputeSettings(configuration.section("compute")))
    settings.set(try FlavorSeed(configuration.section("seed")))
  }
}

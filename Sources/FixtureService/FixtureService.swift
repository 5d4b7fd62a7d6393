import OpenStackAPI
import Persistence

/// What tests need and no cloud has: worlds made and forked at will, snapshots, a clock, faults, a journal.
///
/// It is a service like any other, below `/pocketstack`. It knows the worlds by what the kernel says of them; the other
/// services know nothing of it.
public enum FixtureService {
  /// The service, to be added to a cloud.
  public static let service = Service(
    type: "fixture", name: "pocketstack", mount: "/pocketstack", rootSegments: ["metrics"], catalog: [],
    apis: [
      API(prefix: "", routes: Health.routes),
      API(
        prefix: "", routes: MetricsResource.routes.map { $0.after(ControlAccess.check) },
        isServed: { $0.fixture.isEnabled }),
      API(prefix: "v1", routes: control.map { $0.after(ControlAccess.check) }, isServed: { $0.fixture.isEnabled }),
    ],
    dialect: FixtureDialect(), authenticatesUnknownPaths: false, checksPolicyFirst: false, headIsGET: true,
    controlsWorlds: true,
    migrations: MigrationSet(component: "fixture", migrations: []), configure: FixtureSettings.configure)

  /// The control interface: what changes worlds or looks into them.
  private static let control: [Route] =
    WorldResource.routes + SnapshotResource.routes + FaultResource.routes + JournalResource.routes + Why.routes
    + Checkup.routes + ClockResource.routes + WaitResource.routes + DifferenceResource.routes + LeakResource.routes
    + NotificationResource.routes
}

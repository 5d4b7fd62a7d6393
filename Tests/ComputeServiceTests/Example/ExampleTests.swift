import CloudTesting
import OpenStackAPI
import Testing

@testable import ComputeService
@testable import PocketStack

/// A cloud as the example of CONTRIBUTING.md makes it, whose tests know it by the name that clouds of tests have.
struct ExampleCloud {
  private let cloud: CloudTesting.TestCloud

  init() async throws { cloud = try await CloudTesting.TestCloud(services: Self.services) }

  func compute(at version: String) async throws -> TestClient { try await cloud.compute(at: version) }

  /// Nova with the example's routes in the place of its own.
  private static let services: CloudServices = {
    let standard = CloudServices.standard
    return CloudServices(
      standard.all.map { $0.type == "compute" ? adding(FloatingIPPool.routes, to: $0) : $0 },
      crossings: standard.crossings)
  }()

  private static func adding(_ routes: [Route], to nova: Service) -> Service {
    return Service(
      type: nova.type, name: nova.name, mount: nova.mount, catalog: nova.catalog,
      apis: [API(prefix: "v2.1", routes: routes, microversions: ComputeVersions.microversions, projectInPath: true)],
      dialect: nova.dialect, authenticatesUnknownPaths: nova.authenticatesUnknownPaths,
      checksPolicyFirst: nova.checksPolicyFirst, scopes: nova.scopes, rules: nova.rules,
      migrations: nova.migrations, transitions: nova.transitions, resources: nova.resources,
      notifications: nova.notifications, configure: nova.configure, seed: nova.seed)
  }
}

extension FloatingIPPoolTests {
  typealias TestCloud = ExampleCloud
}

@Suite("The example of CONTRIBUTING.md")
struct ContributingExampleTests {
  private static let root = #filePath.split(separator: "/").dropLast(4).map { "/\($0)" }.joined()

  private func text(_ path: String) throws -> String {
    String(decoding: try File.read("\(Self.root)/\(path)"), as: UTF8.self)
  }

  @Test("is what these files hold, whole and in their order")
  func shown() throws {
    let document = try text("CONTRIBUTING.md")
    let blocks = document.split(separator: "```swift\n", omittingEmptySubsequences: false).dropFirst()
    let shown = blocks.map { $0.prefix(upTo: $0.firstRange(of: "```")?.lowerBound ?? $0.endIndex) }
    let held = try ["FloatingIPPool", "FloatingIPPoolTests"].map {
      try text("Tests/ComputeServiceTests/Example/\($0).swift")
    }
    #expect(shown.map(String.init) == held)
  }

  @Test("adds what this cloud does not have")
  func isNew() {
    let mine = FloatingIPPool.routes.map(\.operation)
    #expect(!ComputeService.service.routes.contains { mine.contains($0.operation) })
  }
}

import OpenStackAPI
import Testing

@testable import PocketStack

@Suite("The tables of routes")
struct RouteTableTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
  private let services = CloudServices.standard

  @Test("name an upstream operation in every line")
  func operations() {
    for service in services.all {
      for route in service.routes { #expect(!route.operation.isEmpty, "\(route.method) \(route.path)") }
    }
  }

  @Test("hold no version that is not one")
  func versions() {
    for service in services.all {
      for route in service.routes {
        for version in [route.versions.since, route.versions.until].compactMap({ $0 }) {
          #expect(version > Version(0, 0), "\(route.method) \(route.path)")
        }
        if let since = route.versions.since, let until = route.versions.until {
          #expect(since <= until, "\(route.path)")
        }
      }
    }
  }

  @Test("hold no line twice")
  func duplicates() {
    var seen: Set<String> = []
    for route in services.routes() {
      let line = [route.service, route.method, "\(route.key.path)", route.action, route.versions].joined(separator: " ")
      #expect(seen.insert(line).inserted, "\(line)")
    }
  }

  @Test("compile their policies")
  func policies() throws { _ = try Policies(declared: services.declaredRules) }

  @Test("agree wherever they name the same operation")
  func rules() {
    for service in services.all {
      var rules: [String: PolicyRule] = [:]
      for route in service.routes where route.access != .open {
        let known = rules.updateValue(route.rule, forKey: route.operation)
        #expect(known == nil || known == route.rule, "\(service.type): \(route.operation)")
      }
    }
  }

  @Test("give every service a mount and first segments of its own")
  func mounts() {
    var seen: Set<String> = []
    for service in services.all {
      #expect(service.mount.hasPrefix("/") && !service.mount.dropFirst().contains("/"), "\(service.mount)")
      for segment in [String(service.mount.dropFirst())] + service.rootSegments {
        #expect(seen.insert(segment).inserted, "\(segment)")
      }
    }
  }

  @Test("are what docs/COVERAGE.md says")
  func coverage() throws {
    let made = try Coverage(services, references: Self.root + "/docs/reference-routes").markdown
    let kept = String(decoding: try File.read(Self.root + "/docs/COVERAGE.md"), as: UTF8.self)
    #expect(made == kept, "run `make coverage`")
  }
}

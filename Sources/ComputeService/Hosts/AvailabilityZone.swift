import OpenStackAPI
import Persistence

/// Where servers can be placed: the zone of the one host (Compute API, "Availability zones").
enum AvailabilityZone {
  static let routes: [Route] = [
    .get("/os-availability-zone", "os_compute_api:os-availability-zone:list", query: .empty, run: index),
    .get(
      "/os-availability-zone/detail", "os_compute_api:os-availability-zone:detail", .admin, query: .empty, run: detail),
  ]

  /// A zone is available while one of its services is enabled.
  private static func index(_ call: Call) throws -> Response {
    let service = try call.world.read { try HostService.ofServers($0, call.world) }
    return .json { json in
      json.array("availabilityZoneInfo") { json in
        json.object { json in
          write(service.zone, isAvailable: !service.isDisabled, to: &json)
          json.member("hosts", JSON.null)
        }
      }
    }
  }

  private static func write(_ zone: String, isAvailable: Bool, to json: inout JSONWriter) {
    json.member("zoneName", zone)
    json.object("zoneState") { json in json.member("available", isAvailable) }
  }

  private static func detail(_ call: Call) throws -> Response {
    let services = try call.world.read { try HostService.all($0, call.world) }
    let enabled = Dictionary(grouping: services.filter { !$0.isDisabled }, by: \.zone)
    let closed = Set(services.map(\.zone)).subtracting(enabled.keys)
    return .json { json in
      json.array("availabilityZoneInfo") { json in
        for (zone, services) in enabled.sorted(by: { $0.key < $1.key }) {
          json.object { json in
            write(zone, isAvailable: true, to: &json)
            json.object("hosts") { json in
              json.key(call.world.compute.host)
              json.object { json in for service in services { write(service, to: &json) } }
            }
          }
        }
        for zone in closed.sorted() {
          json.object { json in
            write(zone, isAvailable: false, to: &json)
            json.member("hosts", JSON.null)
          }
        }
      }
    }
  }

  private static func write(_ service: HostService, to json: inout JSONWriter) {
    json.key(service.binary)
    json.object { json in
      json.member("available", service.state == "up")
      json.member("active", !service.isDisabled)
      json.member("updated_at", service.updatedAt.text(.microseconds))
    }
  }
}

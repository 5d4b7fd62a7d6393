import OpenStackAPI

/// Where the services are: made once, asked for every request.
struct MountTable: Sendable {
  /// A service and the part of the path that led to it.
  struct Place: Sendable {
    let service: Service
    let mount: String
  }

  private let places: [(segment: String, place: Place)]
  /// Who answers what no first segment leads to: the first by the main port, then one for each further listener.
  private let roots: [Place?]

  /// `listeners` are the types of the services that have the root to themselves on further listeners, in order.
  init(_ services: CloudServices, listeners: [String]) {
    var places: [(segment: String, place: Place)] = []
    for service in services.all {
      places.append((String(service.mount.drop { $0 == "/" }), Place(service: service, mount: service.mount)))
    }
    for service in services.all {
      for segment in service.rootSegments { places.append((segment, Place(service: service, mount: ""))) }
    }
    self.places = places
    let main = places.first { $0.segment.isEmpty }?.place
    roots = [main] + listeners.map { type in services[type].map { Place(service: $0, mount: "") } }
  }

  /// The service for a first segment on a listener; `nil` where there is none.
  ///
  /// The mounts lead to their services on every listener, so that links are right wherever the client came in.
  func find(_ segment: String?, listener: Int) -> Place? {
    let root = listener < roots.count ? roots[listener] : roots[0]
    guard let segment else { return root }
    for (name, place) in places where name == segment {
      // On a port of its own a service has the root to itself: there `/v3` is Cinder's, not Keystone's.
      if listener == 0 || !place.mount.isEmpty { return place }
    }
    return root
  }
}

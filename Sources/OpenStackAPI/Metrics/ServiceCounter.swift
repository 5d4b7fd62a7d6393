import HTTPServer
import Locking

/// Counts the requests of one service.
final class ServiceCounter: Sendable {
  /// What is counted together, in words of the machine: a route is told from others by its identity, not by its name.
  private struct Key: Hashable {
    let route: UInt
    let method: UInt8
    let status: Int
  }

  private struct State {
    var counts: [Key: Int] = [:]
    var routes: [UInt: JournalRoute] = [:]
    var latency = LatencyHistogram()
  }

  let service: String
  private let state = Locked(State())

  init(_ service: String) { self.service = service }

  func count(_ route: JournalRoute?, _ method: HTTPMethod?, _ status: Int, _ duration: Duration?) {
    let counted = Self.method(method, of: route)
    let key = Key(route: route.map(Self.identity) ?? 0, method: counted.rawValue, status: status)
    state.withLock { state in
      if let duration { state.latency.add(duration) }
      if state.counts[key]?.increment() == nil {
        state.counts[key] = 1
        state.routes[key.route] = route
      }
    }
  }

  private static func identity(_ route: JournalRoute) -> UInt { UInt(bitPattern: ObjectIdentifier(route)) }

  /// A route's own method, the usual one, is recognized with one look.
  private static func method(_ method: HTTPMethod?, of route: JournalRoute?) -> CountedMethod {
    if let route, method == route.method.sent { return route.method.counted }
    return CountedMethod(method)
  }

  /// What was counted; routes of the same operation together.
  var metrics: ServiceMetrics {
    let (counts, routes, latency) = state.withLock { ($0.counts, $0.routes, $0.latency) }
    var requests: [RequestCount.Subject: Int] = [:]
    for (key, count) in counts {
      let method = CountedMethod(rawValue: key.method) ?? .other
      let subject = RequestCount.Subject(
        operation: routes[key.route]?.operation, method: method, status: key.status)
      requests[subject, default: 0] += count
    }
    let sorted = requests.map(RequestCount.init).sorted { $0.order < $1.order }
    return ServiceMetrics(service: service, requests: sorted, latency: latency)
  }
}

extension Int {
  fileprivate mutating func increment() { self += 1 }
}

extension RequestCount {
  fileprivate var order: (String, String, Int) { (subject.operation ?? "", subject.method.name, subject.status) }
}

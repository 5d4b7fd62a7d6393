import OpenStackAPI
import Persistence

/// What the process has done and what it holds, for Prometheus. Labels come from tables of ours, never from a request.
enum MetricsResource {
  static let routes: [Route] = [.get("/metrics", "metrics", access: .open, run: show)]

  @Sendable private static func show(_ call: Call) -> Response {
    var text = MetricsText()
    writeRequests(call.world.metrics.services, to: &text)
    writeTransitions(call.world.metrics.transitionCounts, to: &text)
    if let registry = call.world.registry { writeWorlds(registry, to: &text) }
    writeWrites(call.world.metrics.writes, to: &text)
    ProcessFigures.write(to: &text)
    return .text(text.text, contentType: MetricsText.contentType)
  }

  private static func writeRequests(_ services: [ServiceMetrics], to text: inout MetricsText) {
    let total = "pocketstack_http_requests_total"
    text.begin(total, .counter, "Requests that were answered.")
    for service in services {
      for request in service.requests {
        let subject = request.subject
        let labels = [
          ("service", service.service), ("operation", subject.operation ?? "none"),
          ("method", subject.method.name), ("status", String(subject.status)),
        ]
        text.sample(total, request.count, labels)
      }
    }
    let latency = "pocketstack_http_request_duration_seconds"
    text.begin(latency, .histogram, "How long it took to make the answers, without sending them.")
    for service in services where service.latency.counts.contains(where: { $0 > 0 }) {
      write(service.latency, of: service.service, latency, to: &text)
    }
  }

  private static func write(
    _ latency: LatencyHistogram, of service: String, _ name: String, to text: inout MetricsText
  ) {
    var count = 0
    let bounds = LatencyHistogram.bounds.map { String($0 / .seconds(1)) } + ["+Inf"]
    for (bound, more) in zip(bounds, latency.counts) {
      count += more
      text.sample(name + "_bucket", count, [("service", service), ("le", bound)])
    }
    text.sample(name + "_sum", latency.sum / .seconds(1), [("service", service)])
    text.sample(name + "_count", count, [("service", service)])
  }

  private static func writeTransitions(_ counts: [TransitionCount], to text: inout MetricsText) {
    let name = "pocketstack_transitions_total"
    text.begin(name, .counter, "Changes of resources' states that were carried out, or failed.")
    for count in counts {
      text.sample(name, count.count, [("kind", count.subject.kind), ("outcome", count.subject.outcome.rawValue)])
    }
  }

  private static func writeWorlds(_ registry: any WorldRegistry, to text: inout MetricsText) {
    let holdings = Holdings(registry)
    text.metric(
      "pocketstack_transitions_pending", .gauge, "Changes of resources' states that are still to come.",
      holdings.pending)
    let places = [("memory", holdings.memory), ("disk", holdings.disk)]
    func gauge(_ name: String, _ help: String, _ value: (Holdings.Place) -> Int) {
      text.begin(name, .gauge, help)
      for (storage, place) in places { text.sample(name, value(place), [("storage", storage)]) }
    }
    gauge("pocketstack_worlds", "Worlds that serve.") { $0.worlds }
    text.metric("pocketstack_snapshots", .gauge, "Snapshots that are kept.", registry.snapshotCount)
    gauge("pocketstack_database_pages", "Pages of the worlds' databases.") { $0.size.pages }
    gauge("pocketstack_database_bytes", "Bytes of the worlds' databases, without the WAL.") { $0.size.bytes }
    gauge("pocketstack_database_wal_bytes", "Bytes of the WALs of the worlds' databases.") { $0.size.walBytes }
  }

  private static func writeWrites(_ writes: WriteCounts, to text: inout MetricsText) {
    text.metric(
      "pocketstack_database_commits_total", .counter, "Commits that changed something; writes share them.",
      writes.commits)
    text.metric(
      "pocketstack_database_rows_written_total", .counter, "Rows that were inserted, changed or deleted.", writes.rows)
  }
}

/// What the worlds hold right now. One that is being closed meanwhile does not count.
private struct Holdings {
  struct Place {
    var worlds = 0
    var size = DatabaseSize()
  }

  private(set) var memory = Place()
  private(set) var disk = Place()
  private(set) var pending = 0

  init(_ registry: any WorldRegistry) {
    for description in registry.worlds {
      guard let world = registry.world(description.name), let size = try? world.database.size(),
        let clock = try? world.describeClock()
      else { continue }
      pending += clock.pending
      let place = description.isInMemory ? \Holdings.memory : \Holdings.disk
      self[keyPath: place].worlds += 1
      self[keyPath: place].size += size
    }
  }
}

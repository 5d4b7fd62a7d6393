import OpenStackAPI

/// A check-up of the clients, from the journal: what they do too often, in vain, or in ways that end.
enum Checkup {
  static let routes: [Route] = [.get("/checkup", "checkup:show", access: .open, query: .nothing, run: show)]

  @Sendable private static func show(_ call: Call) -> Response {
    let entries = call.world.journal.entries
    return .json { json in
      json.object("checkup") { json in
        json.member("requests", entries.count)
        json.member("since", entries.first?.time.text(.microsecondsZ))
        json.member("polling", polling(entries))
        json.member("failed", failed(entries))
        json.member("unmatched", unmatched(entries))
        json.member("deprecated", deprecated(entries))
        json.member("microversions", microversions(entries))
      }
    }
  }

  /// Reads of an address that the same caller had read before.
  private static func polling(_ entries: [JournalEntry]) -> JSON {
    let reads = entries.filter { $0.method == .get && $0.caller != nil }
    let counts = Tally(reads) { entry in
      "\(entry.caller?.user.id ?? "") \(entry.target)"
    }
    let repeated = counts.rows.filter { $0.count > 1 }
    let total = repeated.reduce(0) { $0 + $1.count - 1 }
    return [
      "requests": .integer(total), "share": .number(entries.isEmpty ? 0 : Double(total) / Double(entries.count)),
      "most": .array(
        repeated.prefix(10).map { row in
          [
            "path": .string(row.example.target),
            "user": .string(row.example.caller?.user.name ?? ""), "reads": .integer(row.count),
          ]
        }),
    ]
  }

  private static func failed(_ entries: [JournalEntry]) -> JSON {
    let counts = Tally(entries.filter { $0.status >= 400 }) { "\($0.status) \($0.method) \($0.route?.operation ?? "")" }
    return .array(
      counts.rows.map { row in
        [
          "status": .integer(row.example.status), "method": .string(row.example.method.rawValue),
          "operation": row.example.route.map { .string($0.operation) } ?? .null, "count": .integer(row.count),
          "latest": .string(row.example.requestID),
          "message": row.example.refusal.map { .string($0.message) } ?? .null,
        ]
      })
  }

  private static func unmatched(_ entries: [JournalEntry]) -> JSON {
    let counts = Tally(entries.filter { $0.route == nil }) { "\($0.service) \($0.method) \($0.path)" }
    return .array(
      counts.rows.map { row in
        [
          "service": .string(row.example.service), "method": .string(row.example.method.rawValue),
          "path": .string(row.example.path), "count": .integer(row.count),
        ]
      })
  }

  /// Calls of routes that later microversions do not have.
  private static func deprecated(_ entries: [JournalEntry]) -> JSON {
    let counts = Tally(entries.filter { $0.route?.versions.until != nil }) { $0.route?.operation ?? "" }
    return .array(
      counts.rows.map { row in
        [
          "operation": .string(row.example.route?.operation ?? ""), "count": .integer(row.count),
          "until": row.example.route?.versions.until.map { .string($0.description) } ?? .null,
        ]
      })
  }

  /// Which microversions were asked for, and the lowest that has every route which answered. Members of bodies, which
  /// versions have too, are not looked at.
  private static func microversions(_ entries: [JournalEntry]) -> JSON {
    var services = JSONObject()
    for service in Set(entries.map(\.service)).sorted() {
      let asked = entries.filter { $0.service == service && $0.version != nil && $0.status < 400 }
      guard !asked.isEmpty else { continue }
      services[service] = [
        "asked": .array(Set(asked.compactMap(\.version)).sorted().map { .string($0.description) }),
        "lowest_for_routes": asked.compactMap { $0.route?.versions.since }.max().map { .string($0.description) }
          ?? .null,
      ]
    }
    return .object(services)
  }
}

/// How often entries are alike; the most frequent first, with the latest as an example.
private struct Tally {
  let rows: [(example: JournalEntry, count: Int)]

  init(_ entries: [JournalEntry], by key: (JournalEntry) -> String) {
    rows = Dictionary(grouping: entries, by: key).sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
      .compactMap { group in group.value.last.map { ($0, group.value.count) } }
  }
}

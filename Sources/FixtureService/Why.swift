import OpenStackAPI

/// Why a request was refused, with the rule and the values that said no.
enum Why {
  static let routes: [Route] = [
    .get("/why", "why:latest", access: .open, query: .nothing, run: latest),
    .get("/why/:request_id", "why:show", access: .open, query: .nothing, run: show),
  ]

  @Sendable private static func latest(_ call: Call) throws -> Response {
    guard let entry = call.world.journal.entries.last(where: { $0.refusal != nil }) else {
      throw Fault.notFound("No request in the journal was refused.")
    }
    return answer(entry)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let id = call.parameter("request_id")
    guard let entry = call.world.journal.entries.last(where: { $0.requestID == id }) else {
      let count = call.world.journal.settings.entries
      throw Fault.notFound("No request \(id) is in the journal, which holds the last \(count) of this world.")
    }
    return answer(entry)
  }

  private static func answer(_ entry: JournalEntry) -> Response {
    .json { json in
      json.object("why") { json in
        json.member("request_id", entry.requestID)
        json.member("time", entry.time.text(.microsecondsZ))
        json.member("method", entry.method.rawValue)
        json.member("path", entry.target)
        json.member("operation", entry.route?.operation)
        json.member("status", entry.status)
        json.member("reason", entry.refusal?.reason.rawValue)
        json.member("message", entry.refusal?.message)
        json.member("explanation", Explanation(entry).text)
        json.member("evidence", entry.refusal?.evidence ?? .null)
      }
    }
  }
}

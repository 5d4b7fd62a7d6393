import HTTPServer
import OpenStackAPI

/// The journal: the last requests of a world, searched or followed as they come.
enum JournalResource {
  static let routes: [Route] = [.get("/journal", "journal:list", access: .open, query: query, run: list)]

  private static let query = Query(
    [
      QueryParameter("service"), QueryParameter("operation"), QueryParameter("method"),
      QueryParameter("status", status),
      QueryParameter("user"), QueryParameter("project"), QueryParameter("since", .string(format: .dateTime)),
      QueryParameter("limit", .integerOrDigits(1...Int.max)), QueryParameter("follow", .truth),
    ], refusesUnknownSince: Version(0, 0))

  private static let status = Schema { value, _ in
    StatusFilter(value.text ?? "") == nil
      ? Violation(value, "\(value.pythonRepresentation) is neither a status nor one of '2xx' to '5xx'") : nil
  }

  @Sendable private static func list(_ call: Call) throws -> Response {
    let filter = JournalFilter(call.query)
    if call.query["follow"].flatMap({ JSON.string($0).truth }) == true {
      return EventStream.response("request", call.world.journal.follow()) { entry in
        filter.fits(entry) ? entry.json.jsonText : nil
      }
    }
    let limit = call.query.integer("limit") ?? 100
    let entries = call.world.journal.entries.filter(filter.fits).suffix(limit)
    return .json { json in json.array("journal") { json in for entry in entries { entry.json.write(to: &json) } } }
  }
}

/// A status, or all statuses of a class: `404`, `4xx`.
struct StatusFilter {
  let range: ClosedRange<Int>

  init?(_ text: String) {
    if let status = Int(text), (100...999).contains(status) {
      range = status...status
    } else if text.hasSuffix("xx"), let first = Int(text.dropLast(2)), (1...5).contains(first) {
      range = first * 100...first * 100 + 99
    } else {
      return nil
    }
  }
}

/// Which entries of a journal are meant.
struct JournalFilter {
  private let query: QueryParameters
  private let since: Timestamp?

  init(_ query: QueryParameters) {
    self.query = query
    since = query["since"].flatMap { Timestamp(iso8601: $0) }
  }

  @Sendable func fits(_ entry: JournalEntry) -> Bool {
    fits("service", [entry.service]) && fits("operation", [entry.route?.operation])
      && fits("method", [entry.method.rawValue])
      && fits("user", [entry.caller?.user.id, entry.caller?.user.name])
      && fits("project", [entry.caller?.projectID, entry.caller?.projectName])
      && (query["status"].flatMap(StatusFilter.init)?.range.contains(entry.status) ?? true)
      && (since.map { entry.time >= $0 } ?? true)
  }

  private func fits(_ name: String, _ found: [String?]) -> Bool { query[name].map { found.contains($0) } ?? true }
}

extension Authorization {
  /// The name of the project of a project-scoped token.
  var projectName: String? { if case .project(let project, _) = scope { project.name } else { nil } }
}

extension JournalEntry {
  /// As the control interface shows it, without secrets.
  var json: JSON {
    var json = JSONObject([
      ("request_id", .string(requestID)), ("time", .string(time.text(.microsecondsZ))),
      ("service", .string(service)), ("method", .string(method.rawValue)),
      ("path", .string(target)), ("status", .integer(status)),
      ("duration_ms", .number(duration / .milliseconds(1))),
      ("operation", route.map { .string($0.operation) } ?? .null), ("route", route.map { .string($0.path) } ?? .null),
      ("action", route?.action.map(JSON.string) ?? .null),
      ("version", version.map { .string($0.description) } ?? .null),
      ("user", caller.map { .string($0.user.name) } ?? .null),
      ("project", caller?.projectName.map(JSON.string) ?? .null),
      ("refusal", refusal.map { ["reason": .string($0.reason.rawValue), "message": .string($0.message)] } ?? .null),
    ])
    json["request"] = requestBody
    json["response"] = responseBody.flatMap { bytes in bytes.withUnsafeBytes { try? JSON(parsing: Array($0)) } }
    return .object(json)
  }
}

import ArgumentParser
import OpenStackAPI

/// `pocketstack journal`.
struct JournalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal", abstract: "Show the last requests of a running cloud, or follow them as they come.")
  @OptionGroup var control: ControlOptions
  @Flag(help: "Go on with what comes.") var follow = false
  @Option(help: "Only this status, or class of statuses: 404, 4xx.") var status: String?
  @Option(help: "Only this method.") var method: String?
  @Option(help: "Only this service: compute.") var service: String?
  @Option(help: "Only this operation.") var operation: String?
  @Option(help: "Only this user, by id or name.") var user: String?
  @Option(help: "Only this project, by id or name.") var project: String?
  @Option(help: "Only from this moment on: 2026-01-01T00:00:00Z.") var since: String?
  @Option(help: "At most so many, the latest.") var limit: Int?

  func run() throws {
    guard !follow else {
      return try control.client.listen(control.path("/journal" + query)) { entry in
        Terminal.say(control.json ? entry.jsonText : Self.line(entry))
      }
    }
    let answer = try control.client.call(.get, control.path("/journal" + query))
    control.say(answer) { answer in (answer["journal"]?.array ?? []).map(Self.line).joined(separator: "\n") }
  }

  private var query: String {
    let given = [
      ("status", status), ("method", method), ("service", service), ("operation", operation), ("user", user),
      ("project", project), ("since", since), ("limit", limit.map(String.init)), ("follow", follow ? "true" : nil),
    ]
    let pairs = given.compactMap { name, value in value.map { "\(name)=\($0.percentEncoded)" } }
    return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
  }

  private static func line(_ entry: JSON) -> String {
    let who = [entry["user"], entry["project"]].map { $0?.text ?? "-" }.joined(separator: "/")
    let cost = entry["duration_ms"].map { "\($0.jsonText.prefix(6))ms" } ?? ""
    let refusal = entry["refusal"]?["message"]?.text.map { " | \($0)" } ?? ""
    return [
      entry["time"]?.text ?? "", entry["request_id"]?.text ?? "", who, entry["method"]?.text ?? "",
      entry["path"]?.text ?? "", entry["status"]?.jsonText ?? "", cost,
    ].joined(separator: " ") + refusal
  }
}

/// `pocketstack why`.
struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Explain a refusal: the rule and the values that said no.")
  @OptionGroup var control: ControlOptions
  @Argument(help: "The request's id, req-...; without one the latest refusal.") var requestID: String?

  func run() throws {
    let path = requestID.map { "/why/\($0.percentEncoded)" } ?? "/why"
    let answer = try control.client.call(.get, control.path(path))
    control.say(answer) { answer in
      let why = answer["why"]
      let request = [why?["request_id"], why?["method"], why?["path"]].compactMap { $0?.text }.joined(separator: " ")
      let message = why?["message"]?.text.map { "\n\(why?["reason"]?.text ?? ""): \($0)" } ?? ""
      return "\(request) -> \(why?["status"]?.jsonText ?? "")\(message)\n\(why?["explanation"]?.text ?? "")"
    }
  }
}

/// `pocketstack checkup`.
struct CheckupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkup",
    abstract: "What clients do too often, in vain, or in ways that end, by the journal of a running cloud.")
  @OptionGroup var control: ControlOptions

  func run() throws {
    let answer = try control.client.call(.get, control.path("/checkup"))
    control.say(answer) { Self.text($0["checkup"] ?? .null) }
  }

  private static func text(_ checkup: JSON) -> String {
    let polling = checkup["polling"]
    var lines = [
      "requests   \(checkup["requests"]?.jsonText ?? "0")",
      "repeated   \(polling?["requests"]?.jsonText ?? "0"), a share of \(polling?["share"]?.jsonText.prefix(5) ?? "0")",
    ]
    for part in ["failed", "unmatched", "deprecated"] {
      for row in checkup[part]?.array ?? [] {
        let cells = (row.object?.members ?? []).filter { !$0.value.isNull }.map { $0.value.text ?? $0.value.jsonText }
        lines.append(part.padded(to: 11) + cells.joined(separator: " "))
      }
    }
    for (service, versions) in checkup["microversions"]?.object?.members ?? [] {
      let asked = (versions["asked"]?.array ?? []).compactMap(\.text).joined(separator: ", ")
      let lowest = versions["lowest_for_routes"]?.text ?? "the lowest"
      lines.append("version    \(service) asked for \(asked); its routes are there since \(lowest)")
    }
    return lines.joined(separator: "\n")
  }
}

extension String {
  /// The text with blanks behind it.
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

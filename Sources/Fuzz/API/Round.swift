import OpenStackAPI

/// A server from its start to its end, and some thousands of requests. What is sent follows from the seed, the round and
/// the answers alone, so that any round can be repeated by itself.
final class Round {
  let number: Int
  let draw: Draw
  let lists: FuzzLists
  let report: Report
  let server: ServerProcess
  let wire: Wire
  /// The request to stop before.
  let limit: Int
  /// Where ordinary requests go: a world of the server.
  var world = ""
  var personas = Persona.all
  /// Tokens that are no longer any good.
  var deadTokens = ["", "x", "gAAAAABpVdYA", String(repeating: "a", count: 5000)]
  /// The newest microversion.
  var newest: Version = "2.1"
  var reached: Set<String> = []
  /// The bytes of a snapshot that was exported.
  var archive: [UInt8] = []
  private var sent = 0

  init(_ number: Int, _ options: APIFuzz.Options, _ lists: FuzzLists, _ report: Report) throws {
    (self.number, self.lists, self.report) = (number, lists, report)
    limit = options.until ?? options.requestsInRound(number)
    draw = Draw(seed: options.seed &* 0x9E37_79B9 &+ UInt64(number))
    server = try ServerProcess(
      program: options.program, configuration: Surroundings.configuration.jsonText,
      arguments: Surroundings.arguments(of: number))
    wire = Wire(port: server.port)
  }

  var isOver: Bool { sent >= limit }
  /// Whether it is time for the requests that anything may come of.
  var isTourOver: Bool { isOver || sent >= Self.longestTour }

  private static let longestTour = 3500

  /// All of it. Throws where the server is gone.
  func run() throws {
    try open()
    try tour()
    report.tour(sent)
    while !isOver { try wander() }
  }

  /// Ends the server, and looks at what it left.
  func close() {
    if let flaw = server.stop() { report.fail(flaw, kind: "end", at: place) }
    for line in server.errors.split(separator: "\n").prefix(20) {
      report.fail("on stderr: \(line)", kind: "stderr \(line.drop { $0 != " " }.prefix(60))", at: place)
    }
  }

  /// How to come here again.
  var place: String { "round \(number), request \(sent)" }

  /// Sends a request and looks at the answer; `nil` where none came.
  func send(_ message: Message, _ row: Row? = nil) throws -> WireAnswer? {
    sent += 1
    do {
      let answer = try wire.send(message.bytes, isHead: message.method == "HEAD")
      report.count(message, answer.status, isArchive: row?.isImport == true)
      report.show(message, row, answer, port: server.port)
      if answer.status >= 400, row?.service.controlsWorlds == false {
        draw.refusedRequest = answer["x-openstack-request-id"] ?? ""
      }
      if let flaw = Judge.flaw(of: answer, to: message, row, lists) {
        fail(
          "\(message.method) \(row?.name ?? ""): \(flaw)", kind: "\(row?.name ?? message.target) \(flaw.prefix(40))",
          message, answer)
      }
      return answer
    } catch {
      report.count(message, nil, isArchive: row?.isImport == true)
      fail("\(row?.name ?? ""): no answer: \(error)", kind: "\(row?.name ?? message.target) \(error)", message)
      if let death = server.death { throw FuzzFailure("the server is dead: \(death)") }
      return nil
    }
  }

  private func fail(_ flaw: String, kind: String, _ message: Message, _ answer: WireAnswer? = nil) {
    report.fail(flaw, kind: kind, at: place, message, answer, port: server.port)
  }
}

/// What an answer must not be.
enum Judge {
  static func flaw(of answer: WireAnswer, to message: Message, _ row: Row?, _ lists: FuzzLists) -> String? {
    if answer.status >= 500, !lists.allows(answer.status, to: message, of: row) { return "answers \(answer.status)" }
    if answer["x-openstack-request-id"] == nil { return "has no request id (\(answer.status))" }
    guard message.method != "HEAD", !answer.body.isEmpty else { return nil }
    if answer.isJSON, (try? JSON(parsing: answer.body, limits: limits)) == nil {
      return "says JSON and is none (\(answer.status))"
    }
    return nil
  }

  private static let limits = JSONLimits(depth: 200, values: 10_000_000)
}

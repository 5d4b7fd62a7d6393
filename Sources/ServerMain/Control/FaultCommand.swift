import ArgumentParser
import OpenStackAPI

/// `pocketstack fault`.
struct FaultCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fault", abstract: "Make a running cloud fail on demand.",
    subcommands: [List.self, Create.self, Show.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the faults, and how often they struck.")
    @OptionGroup var control: ControlOptions

    func run() throws {
      let answer = try control.client.call(.get, control.path("/faults"))
      control.say(answer) { FaultCommand.table($0["faults"]?.array ?? []) }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a fault; prints its id.",
      discussion: """
        Kinds that strike requests: error, delay, drop, cut, slow, expired-token. Kinds inside the services: \
        no-valid-host, spawning, image-upload, quota, stuck, resize, deletion.
        """)
    @OptionGroup var control: ControlOptions
    @Argument(help: "What goes wrong.") var kind: String
    @Option(help: "error: the status, 400 to 599.") var status: Int?
    @Option(help: "The words of the failure; otherwise the service's own.") var message: String?
    @Option(help: "error: the header Retry-After: 2s.") var retryAfter: String?
    @Option(help: "delay: how long: 500ms.") var delay: String?
    @Option(help: "delay: up to how much more.") var jitter: String?
    @Option(help: "slow: how fast the body comes.") var bytesPerSecond: Int?
    @Option(help: "stuck: the task state to stay in; otherwise the first.") var taskState: String?
    @Option(help: "Only requests to this service: compute, or nova.") var service: String?
    @Option(help: "Only this operation, as `pocketstack routes` names it.") var operation: String?
    @Option(help: "Only this HTTP method.") var method: String?
    @Option(help: "Only this path; * stands for anything.") var path: String?
    @Option(help: "Only this project, by id or name.") var project: String?
    @Option(help: "Only this user, by id or name.") var user: String?
    @Option(help: "Only what is about this resource, by id or name.") var resource: String?
    @Option(help: "Only the n-th that matches.") var nth: Int?
    @Option(help: "Only the first n that match.") var first: Int?
    @Option(help: "Only a share of them, from 0 to 1.") var share: Double?
    @Option(help: "Where the share's chance begins.") var seed: Int?

    func run() throws {
      let answer = try control.client.call(.post, control.path("/faults"), ["fault": .object(fault)])
      control.say(answer) { $0["fault"]?["id"]?.text ?? "" }
    }

    private var fault: JSONObject {
      var fault = JSONObject([("kind", .string(kind))])
      let texts = [
        "message": message, "retry_after": retryAfter, "delay": delay, "jitter": jitter, "task_state": taskState,
        "service": service, "operation": operation, "method": method, "path": path, "project": project, "user": user,
        "resource": resource,
      ]
      for (name, text) in texts { fault[name] = text.map(JSON.string) }
      let numbers = ["status": status, "bytes_per_second": bytesPerSecond, "nth": nth, "first": first, "seed": seed]
      for (name, number) in numbers { fault[name] = number.map(JSON.integer) }
      fault["share"] = share.map(JSON.number)
      return fault
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a fault.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its id.") var id: String

    func run() throws {
      let answer = try control.client.call(.get, control.path("/faults/\(id.percentEncoded)"))
      control.say(answer) { FaultCommand.table([$0["fault"] ?? .null]) }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Remove a fault, or all of them.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its id.") var id: String?
    @Flag(help: "Remove all.") var all = false

    func run() throws {
      try control.client.call(.delete, control.path(id.map { "/faults/\($0)" } ?? "/faults"))
    }

    func validate() throws {
      guard (id == nil) == all else { throw ValidationError("name one fault, or --all") }
    }
  }

  private static let shown = ["id", "kind", "matched", "struck"]

  fileprivate static func table(_ faults: [JSON]) -> String {
    ControlTable(
      ["ID", "KIND", "RULE", "MATCHED", "STRUCK"],
      faults.map { fault in
        let rule = (fault.object?.members ?? []).filter { !shown.contains($0.key) }
          .map { "\($0.key)=\($0.value.text ?? $0.value.jsonText)" }
        return [
          fault["id"], fault["kind"], .string(rule.joined(separator: " ")), fault["matched"], fault["struck"],
        ]
      }
    ).text
  }
}

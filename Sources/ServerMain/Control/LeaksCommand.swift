import ArgumentParser
import OpenStackAPI

/// `pocketstack leaks`.
struct LeaksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "leaks", abstract: "Find what was made since a mark and is still there.",
    subcommands: [Mark.self, Show.self, List.self, Delete.self])

  struct Mark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Mark this moment in the life of a world.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The mark's name; without one it gets one.") var name: String?

    func run() throws {
      var mark = JSONObject()
      mark["name"] = name.map(JSON.string)
      let answer = try control.client.call(.post, control.path("/marks"), ["mark": .object(mark)])
      control.say(answer) { $0["mark"]?["name"]?.text ?? "" }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what was made since a mark and is still there.",
      discussion: "Exit status: 0 nothing was left, 1 something was, 2 it could not be found out.")
    @OptionGroup var control: ControlOptions
    @Option(help: "The mark. (default: the latest)") var mark: String?

    func run() throws {
      let path = control.path("/leaks" + (mark.map { "?mark=\($0.percentEncoded)" } ?? ""))
      let answer = try FindingFailure.instead { try control.client.call(.get, path) }
      let leaks = answer["leaks"]?.array ?? []
      if control.json || !leaks.isEmpty { control.say(answer) { _ in Self.text(leaks) } }
      guard leaks.isEmpty else { throw ExitCode(1) }
    }

    private static func text(_ leaks: [JSON]) -> String {
      let members = ["service", "resource", "id", "name", "project", "created_at", "request_id"]
      let header = ["SERVICE", "RESOURCE", "ID", "NAME", "PROJECT", "CREATED", "REQUEST"]
      return ControlTable(header, leaks.map { leak in members.map { leak[$0] } }).text
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the marks of a world.")
    @OptionGroup var control: ControlOptions

    func run() throws {
      let answer = try control.client.call(.get, control.path("/marks"))
      control.say(answer) { answer in
        ControlTable(["NAME", "CREATED"], (answer["marks"]?.array ?? []).map { [$0["name"], $0["created_at"]] }).text
      }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a mark.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The mark's name.") var name: String

    func run() throws {
      try control.client.call(.delete, control.path("/marks/\(name.percentEncoded)"))
    }
  }
}

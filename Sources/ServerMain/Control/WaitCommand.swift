import ArgumentParser
import OpenStackAPI

/// `pocketstack wait`.
struct WaitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until a resource reaches a status.",
    discussion: """
      Exit status: 0 it did, 1 it never will (it failed, or is not there), 75 the time is over.
      """)
  @OptionGroup var control: ControlOptions
  @Argument(help: "The kind of resource: server, image, task.") var kind: String
  @Argument(help: "Its id or name.") var resource: String
  @Argument(help: "The status, or DELETED.") var status: String
  @Option(help: "How long at most, by the machine's clock: 30s, 5m.") var timeout = "60s"

  func run() throws {
    let wait: JSON = [
      "resource": .string(kind), "id": .string(resource), "status": .string(status), "timeout": .string(timeout),
    ]
    let answer = try control.client.call(.post, control.path("/wait"), ["wait": wait])
    control.say(answer) { answer in
      let row = ["id", "name", "status"].map { answer["resource"]?[$0] }
      return ControlTable(["ID", "NAME", "STATUS"], [row]).text
    }
  }
}

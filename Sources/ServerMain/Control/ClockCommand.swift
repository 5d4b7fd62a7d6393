import ArgumentParser
import OpenStackAPI

/// `pocketstack clock`.
struct ClockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clock", abstract: "Show, stop, set and move the clock of a world.",
    subcommands: [Show.self, Set.self, Stop.self, Resume.self, Advance.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show what the clock shows and what is still to come.")
    @OptionGroup var control: ControlOptions

    func run() throws { ClockCommand.say(try control.client.call(.get, control.path("/clock")), control) }
  }

  struct Set: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Let the clock go faster or slower than the machine's, or begin at another moment.")
    @OptionGroup var control: ControlOptions
    @Option(help: "Seconds in each of the machine's: 60, 0.5; 0 stops it.") var rate: Double = 1
    @Option(help: "The moment from which it goes: 2026-01-01T00:00:00Z. (default: where it is)") var now: String?

    func run() throws {
      try ClockCommand.set(rate == 0 ? ["mode": "stopped"] : ["mode": "paced", "rate": .number(rate)], now, control)
    }
  }

  struct Stop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Stop the clock, here or at a moment.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The moment: 2026-01-01T00:00:00Z. (default: where it is)") var now: String?

    func run() throws { try ClockCommand.set(["mode": "stopped"], now, control) }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let the clock go with the machine's again.")
    @OptionGroup var control: ControlOptions

    func run() throws { try ClockCommand.set(["mode": "real"], nil, control) }
  }

  struct Advance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Move a stopped clock forward.",
      discussion: """
        pocketstack clock advance 30s
        pocketstack clock advance until idle
        pocketstack clock advance until server web ACTIVE --within 1h
        """)
    @OptionGroup var control: ControlOptions
    @Argument(help: "A time (30s), 'until idle', or 'until' a kind, a name or id, and a status.") var goal: [String]
    @Option(help: "How far at most, until something. (default: 24h)") var within: String?

    func run() throws {
      var advance = JSONObject()
      if goal == ["until", "idle"] {
        advance["until"] = "idle"
      } else if goal.count == 4 {
        advance["until"] = ["resource": .string(goal[1]), "id": .string(goal[2]), "status": .string(goal[3])]
      } else {
        advance["by"] = goal.first.map(JSON.string)
      }
      advance["within"] = within.map(JSON.string)
      let path = control.path("/clock/advance")
      ClockCommand.say(try control.client.call(.post, path, ["advance": .object(advance)]), control)
    }

    func validate() throws {
      let isUntil = goal.first == "until" && (goal.count == 4 || goal == ["until", "idle"])
      guard isUntil || (goal.count == 1 && goal != ["until"]) else {
        throw ValidationError("expected a time, 'until idle', or 'until KIND NAME STATUS'")
      }
    }
  }

  fileprivate static func set(_ setting: JSON, _ now: String?, _ control: ControlOptions) throws {
    var setting = setting.object ?? JSONObject()
    setting["now"] = now.map(JSON.string)
    say(try control.client.call(.put, control.path("/clock"), ["clock": .object(setting)]), control)
  }

  fileprivate static func say(_ answer: JSON, _ control: ControlOptions) {
    control.say(answer) { answer in
      let clock = answer["clock"]
      let row = ["mode", "rate", "now", "pending", "next"].map { clock?[$0] }
      return ControlTable(["MODE", "RATE", "NOW", "PENDING", "NEXT"], [row]).text
    }
  }
}

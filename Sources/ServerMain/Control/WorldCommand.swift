import ArgumentParser
import OpenStackAPI

/// `pocketstack world`.
struct WorldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "world", abstract: "Make, fork, reset and delete worlds of a running cloud.",
    subcommands: [List.self, Create.self, Show.self, Reset.self, Delete.self])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the worlds.")
    @OptionGroup var control: ControlOptions

    func run() throws {
      let answer = try control.client.call(.get, control.path("/worlds"))
      control.say(answer) { WorldCommand.table($0["worlds"]?.array ?? []) }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a world: seeded from the configuration, empty, or a fork of a world or a snapshot.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its name; without one it gets one.") var name: String?
    @Option(help: "Begin with all that this world holds now.") var fromWorld: String?
    @Option(help: "Begin with all that this snapshot holds.") var fromSnapshot: String?
    @Flag(help: "Begin with users and projects only.") var empty = false
    @Option(help: "Make the same identifiers on every run.") var seed: Int?
    @Option(help: "Stop its clock at this moment: 2026-01-01T00:00:00Z.") var stoppedAt: String?
    @Option(help: "Where it is kept: memory or disk.") var storage: String?
    @Option(help: "Delete it after this time: 30s, 5m, 1h.") var timeToLive: String?
    @Flag(help: "Keep it when the world of --world ends.") var keep = false

    func run() throws {
      var world = JSONObject()
      world["name"] = name.map(JSON.string)
      world["from"] =
        if let fromWorld {
          ["world": .string(fromWorld)]
        } else if let fromSnapshot {
          ["snapshot": .string(fromSnapshot)]
        } else {
          empty ? ["empty": true] : nil
        }
      world["keep"] = .bool(keep)
      world["seed"] = seed.map(JSON.integer)
      world["clock"] = stoppedAt.map { ["mode": "stopped", "now": .string($0)] }
      world["storage"] = storage.map(JSON.string)
      world["time_to_live"] = timeToLive.map(JSON.string)
      let answer = try control.client.call(.post, control.path("/worlds"), ["world": .object(world)])
      control.say(answer) { $0["world"]?["auth_url"]?.text ?? "" }
    }

    func validate() throws {
      guard [fromWorld != nil, fromSnapshot != nil, empty].count(where: { $0 }) < 2 else {
        throw ValidationError("--from-world, --from-snapshot and --empty exclude one another")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show a world.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its name.") var name: String

    func run() throws {
      let answer = try control.client.call(.get, control.path("/worlds/\(name.percentEncoded)"))
      control.say(answer) { WorldCommand.table([$0["world"] ?? .null]) }
    }
  }

  struct Reset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a world back to what it was made from.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its name.") var name: String

    func run() throws {
      let answer = try control.client.call(.post, control.path("/worlds/\(name.percentEncoded)/reset"))
      control.say(answer) { _ in "The world \(name) is as it was in the beginning." }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "End a world and remove all that it holds.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "Its name.") var name: String

    func run() throws {
      try control.client.call(.delete, control.path("/worlds/\(name.percentEncoded)"))
    }
  }

  fileprivate static func table(_ worlds: [JSON]) -> String {
    // Nearly always none is broken.
    let isOneBroken = worlds.contains { $0["broken"]?.text != nil }
    return ControlTable(
      ["NAME", "FROM", "STORAGE", "CREATED", "AUTH URL"] + (isOneBroken ? ["BROKEN"] : []),
      worlds.map { world in
        let source = world["from"]?.object?.members.first
        let from =
          source.map { ([$0.key] + [$0.value.text].compactMap { $0 }).joined(separator: " ") } ?? "configuration"
        return [world["name"], .string(from), world["storage"], world["created_at"], world["auth_url"]]
          + (isOneBroken ? [world["broken"]] : [])
      }
    ).text
  }
}

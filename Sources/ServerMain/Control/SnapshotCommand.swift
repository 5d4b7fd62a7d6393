import ArgumentParser
import Glibc
import OpenStackAPI

/// `pocketstack snapshot`.
struct SnapshotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "snapshot", abstract: "Save worlds of a running cloud and go back to what was saved.",
    subcommands: [
      List.self, Create.self, Restore.self, Delete.self, Export.self, Import.self, Diff.self,
    ])

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the snapshots.")
    @OptionGroup var control: ControlOptions

    func run() throws {
      let answer = try control.client.call(.get, control.path("/snapshots"))
      control.say(answer) { answer in
        let rows = (answer["snapshots"]?.array ?? []).map {
          [$0["name"], $0["world"], $0["created_at"], $0["bytes"]]
        }
        return ControlTable(["NAME", "WORLD", "CREATED", "BYTES"], rows).text
      }
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Save all rows and bytes of a world, while it serves.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name; without one it gets one.") var name: String?
    @Flag(help: "Keep it when the world of --world ends.") var keep = false

    func run() throws {
      var snapshot = JSONObject()
      snapshot["name"] = name.map(JSON.string)
      snapshot["keep"] = .bool(keep)
      let answer = try control.client.call(.post, control.path("/snapshots"), ["snapshot": .object(snapshot)])
      control.say(answer) { $0["snapshot"]?["name"]?.text ?? "" }
    }
  }

  struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a world to what a snapshot holds.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name.") var name: String

    func run() throws {
      let answer = try control.client.call(
        .post, control.path("/snapshots/\(name.percentEncoded)/restore"), ["restore": [:]])
      control.say(answer) { "The world \($0["world"]?["name"]?.text ?? "") is as it was in \(name)." }
    }
  }

  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Forget a snapshot; worlds made from it stay.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name.") var name: String

    func run() throws {
      try control.client.call(.delete, control.path("/snapshots/\(name.percentEncoded)"))
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a snapshot to one file, a tar archive that its owner alone may read.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name.") var name: String
    @Argument(help: "The file; it must not be there yet.") var file: String

    func run() throws {
      try OutputFile.write(file, .forOwner) { write in
        _ = try control.client.send(
          .get, control.path("/snapshots/\(name.percentEncoded)/export"), receive: write
        ).successful
      }
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take in a snapshot from a file that export wrote.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name here.") var name: String
    @Argument(help: "The file.") var file: String

    func run() throws {
      let descriptor = open(file, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw CommandFailure.system(file) }
      defer { close(descriptor) }
      let length = Int(lseek(descriptor, 0, SEEK_END))
      lseek(descriptor, 0, SEEK_SET)
      let answer = try control.client.send(
        .put, control.path("/snapshots/\(name.percentEncoded)/import"), .file(descriptor: descriptor, length: length)
      ).successful.json
      control.say(answer) { $0["snapshot"]?["name"]?.text ?? "" }
    }
  }
}

import ArgumentParser
import OpenStackAPI

extension SnapshotCommand {
  /// `pocketstack snapshot diff`.
  struct Diff: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what was created, changed and deleted since a snapshot, or between two.",
      discussion: "Exit status: 0 nothing differs, 1 something does, 2 it could not be found out.")
    @OptionGroup var control: ControlOptions
    @Argument(help: "The snapshot's name.") var name: String
    @Argument(help: "The snapshot to compare with. (default: the world as it is now)") var other: String?

    func run() throws {
      let query = other.map { "?with=\($0.percentEncoded)" } ?? ""
      let path = control.path("/snapshots/\(name.percentEncoded)/difference\(query)")
      let answer = try FindingFailure.instead { try control.client.call(.get, path) }
      let difference = answer["difference"] ?? .null
      if control.json || difference["equal"] != true { control.say(answer, Self.text) }
      guard difference["equal"] == true else { throw ExitCode(1) }
    }

    private static func text(_ answer: JSON) -> String {
      let difference = answer["difference"]
      let rows = [("+", "created"), ("~", "changed"), ("-", "deleted")].flatMap { sign, part in
        (difference?[part]?.array ?? []).map { found in
          [.string(sign)] + ["service", "resource", "id", "name"].map { found[$0] } + [.string(fields(found))]
        }
      }
      return ControlTable(["", "SERVICE", "RESOURCE", "ID", "NAME", "FIELDS"], rows).text
    }

    /// `name: web -> db, locked: 0 -> 1`, each value up to a length.
    private static func fields(_ found: JSON) -> String {
      (found["fields"]?.object?.members ?? []).map { name, values in
        let (old, new) = (values["from"].map(short) ?? "", values["to"].map(short) ?? "")
        return "\(name): \(old) -> \(new)"
      }.joined(separator: ", ")
    }

    private static func short(_ value: JSON) -> String {
      let text = value.isNull ? "-" : value.text ?? value.jsonText
      return text.count > 40 ? text.prefix(39) + "…" : text
    }
  }
}

/// Why it could not be found out whether something differs or was left: a status of its own, as diff(1) has it, so that
/// nobody takes a refusal for a finding.
struct FindingFailure: Error, CustomStringConvertible {
  let description: String

  /// Does something, and has it fail in this way where the cloud refuses.
  static func instead<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let failure as ControlFailure where failure.status != nil {
      throw FindingFailure(description: failure.description)
    }
  }
}

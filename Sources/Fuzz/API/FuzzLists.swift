import OpenStackAPI
import PocketStack

/// What the files in Tests/Fuzz say: which routes never succeed, and which failures the real services have, too; each line
/// with its reason.
struct FuzzLists {
  private let unreached: Set<String>
  private let allowed: Set<String>

  init(directory: String) throws {
    unreached = Set(try Self.read("\(directory)/unreached.tsv", columns: 2).map { $0[0] })
    allowed = Set(try Self.read("\(directory)/allowed.tsv", columns: 3).map { "\($0[0]) \($0[1])" })
  }

  private static func read(_ path: String, columns: Int) throws -> [[String]] {
    let lines = String(decoding: try File.read(path), as: UTF8.self).split(separator: "\n").filter {
      !$0.hasPrefix("#")
    }
    return try lines.map { line in
      let cells = line.split(separator: "\t").map(String.init)
      guard cells.count == columns else { throw FuzzFailure("\(path): expected \(columns) columns: \(line)") }
      return cells
    }
  }

  /// Whether a route need not succeed.
  func isUnreachable(_ row: Row) -> Bool { unreached.contains(row.name) }

  /// Whether the real service answers so, too. A request that was given another method is for the row of that method; HEAD
  /// is for that of GET.
  func allows(_ status: Int, to message: Message, of row: Row?) -> Bool {
    guard let row else { return false }
    let method = message.method == "HEAD" ? "GET" : message.method
    return allowed.contains("\(status) \(method)" + row.name.dropFirst(row.route.method.rawValue.count))
  }

  /// What is missing in the files, and what is in them for nothing.
  func mistakes(reached: Set<String>) -> [String] {
    let names = Row.all.map(\.name)
    let missing = names.filter { !reached.contains($0) && !unreached.contains($0) }
    let stale = unreached.filter { reached.contains($0) || !names.contains($0) }.sorted()
    return missing.map { "never succeeded, and unreached.tsv does not say why: \($0)" }
      + stale.map { "unreached.tsv has it for nothing: \($0)" }
  }
}

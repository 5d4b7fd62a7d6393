import Glibc
import OpenStackAPI

/// What the original services' own code makes of hard input: a table that `Tests/Originals/table.py` wrote, one case a
/// line.
public enum OriginalTable {
  struct Unreadable: Error {
    let path: String
  }

  /// The cases of a table. The environment's `POCKETSTACK_ORIGINALS` names another directory, with longer ones.
  public static func cases(_ name: String) throws -> [JSON] {
    let sources = #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
    let directory = getenv("POCKETSTACK_ORIGINALS").map { String(cString: $0) } ?? sources + "/Originals"
    let bytes = try contents(of: "\(directory)/\(name).jsonl")
    return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSON(parsing: Array($0)) }
  }

  private static func contents(of path: String) throws -> [UInt8] {
    guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return bytes
  }
}

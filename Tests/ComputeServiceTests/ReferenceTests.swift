import Glibc
import OpenStackAPI
import Testing

@testable import ComputeService

/// The table that `reference.py` wrote with Nova's own code; REFERENCE_TABLE may name a larger one.
@Suite("What Nova's own code makes of names, keys and links")
struct ReferenceTests {
  private struct Unreadable: Error {}

  /// The inputs of one kind, and what comes of them.
  private static func rows(_ kind: String) throws -> [(input: String, output: String?)] {
    let path =
      getenv("REFERENCE_TABLE").map { String(cString: $0) }
      ?? #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/reference.jsonl"
    guard let file = fopen(path, "r") else { throw Unreadable() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return try bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let row = try JSON(parsing: Array(line)).array, row.count == 3, row[0].text == kind else { return nil }
      return (row[1].text ?? "", row[2].text)
    }
  }

  private static func check(_ kind: String, by make: (String) -> String?) throws {
    let rows = try rows(kind)
    #expect(rows.count >= 50)
    for (input, output) in rows {
      let made = make(input)
      let isSame = made.map { Array($0.utf8) } == output.map { Array($0.utf8) }
      #expect(isSame, "\(JSON.quoted(input)) gives \(made ?? "-"), not \(output ?? "-")")
    }
  }

  @Test("a server's name gives the host name that Nova gives it")
  func names() throws { try Self.check("name") { Hostname.sanitized($0) } }

  @Test("a public key has the fingerprint that Nova gives it, and is refused where Nova refuses it")
  func keys() throws { try Self.check("key") { KeyMaterial(sshPublicKey: $0)?.fingerprint } }

  @Test("a link leads to the id that Nova reads in it")
  func links() throws { try Self.check("link") { Reference.id($0) } }

  @Test("flavors and images give the NUMA nodes, or the refusal, that Nova gives them")
  func topologies() throws {
    try Self.check("topology") { text in
      guard let input = JSON(stored: text) else { return nil }
      do {
        let made = try NUMATopology(
          specs: (input["specs"] ?? [:]).jsonText, properties: (input["properties"] ?? [:]).jsonText,
          cpus: input["cpus"]?.integer ?? 0, memory: input["memory"]?.integer ?? 0)
        guard let made else { return nil }
        let cells = made.cells.map { cell in
          "[\(cell.cpus), \(cell.memory), \(cell.pinned)]"
        }
        return "[[\(cells.joined(separator: ", "))], \(made.pageSize.map(String.init) ?? "null")]"
      } catch {
        return (error as? Fault)?.message
      }
    }
  }
}

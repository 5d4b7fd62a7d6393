import Glibc

@testable import RegularExpressions

/// The table that `table.py` wrote.
struct PythonTable {
  struct Row {
    let pattern: String
    let ignoresCase: Bool
    /// Which texts match; `nil` where Python refuses the pattern.
    let matches: [Bool]?
  }

  let texts: [String]
  let rows: [Row]

  static func read() throws -> PythonTable {
    let path = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/python.tsv"
    let lines = try contents(of: path).split(separator: "\n")
    guard let first = lines.first else { return PythonTable(texts: [], rows: []) }
    let texts = strings(first)
    return PythonTable(texts: texts, rows: lines.dropFirst().map { row($0, texts.count) })
  }

  private struct Unreadable: Error {}

  private static func contents(of path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw Unreadable() }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func row(_ line: Substring, _ count: Int) -> Row {
    let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
    let digits =
      columns[2] == "-"
      ? nil
      : columns[2].reversed().flatMap { digit in
        let value = digit.hexDigitValue ?? 0
        return (0..<4).map { value >> $0 & 1 == 1 }
      }
    let matches = digits.map { bits in (0..<count).map { $0 < bits.count && bits[$0] } }
    return Row(pattern: strings(columns[0]).first ?? "", ignoresCase: columns[1] == "i", matches: matches)
  }

  /// The JSON strings of a text, as Python writes them: all of ASCII.
  private static func strings(_ json: Substring) -> [String] {
    var strings: [String] = []
    var units: [UInt16]?
    var rest = json.utf16[...]
    while let unit = rest.popFirst() {
      switch (unit, units) {
      case (34, nil): units = []
      case (34, let text?):
        strings.append(String(decoding: text, as: UTF16.self))
        units = nil
      case (92, _): units?.append(escape(&rest))
      default: units?.append(unit)
      }
    }
    return strings
  }

  private static func escape(_ rest: inout Substring.UTF16View) -> UInt16 {
    switch rest.popFirst() {
    case UInt16(UInt8(ascii: "n")): return 10
    case UInt16(UInt8(ascii: "t")): return 9
    case UInt16(UInt8(ascii: "r")): return 13
    case UInt16(UInt8(ascii: "b")): return 8
    case UInt16(UInt8(ascii: "f")): return 12
    case UInt16(UInt8(ascii: "u")):
      let digits = String(decoding: Array(rest.prefix(4)), as: UTF16.self)
      rest = rest.dropFirst(4)
      return UInt16(digits, radix: 16) ?? 0
    case let other: return other ?? 0
    }
  }
}

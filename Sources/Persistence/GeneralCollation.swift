import CSQLite

/// MySQL's and MariaDB's collation `utf8mb3_general_ci`, with which OpenStack's names are compared there: letters are
/// the same whatever their case and their accent, character by character, and blanks at the end say nothing.
///
/// A name's `key` is what is equal for equal names. It is kept in a column beside the name, so that a file with such
/// rows needs no collation of ours to be read. What the basic plane does not hold that collation cannot store; here it
/// stands for itself.
public enum GeneralCollation {
  /// The text with every character replaced by what stands for all that are equal to it.
  public static func fold(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      return String(decoding: text.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
    }
    var folded = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { folded.append(weights[scalar] ?? scalar) }
    return String(folded)
  }

  /// What is the same, byte for byte, for names that are equal.
  public static func key(_ name: String) -> String {
    let folded = fold(name).utf8
    guard let end = folded.lastIndex(where: { $0 != 0x20 }) else { return "" }
    return String(decoding: folded[...end], as: UTF8.self)
  }

  /// `key` of what a piece of SQL stands for, in SQL. Every connection knows the function.
  public static func key(sql: String) -> String { "rtrim(folded(\(sql)), ' ')" }

  /// What stands for each character that does not stand for itself.
  private static let weights: [Unicode.Scalar: Unicode.Scalar] = {
    var weights: [Unicode.Scalar: Unicode.Scalar] = [:]
    for run in runs.split(separator: "; ") {
      let numbers = run.split(separator: ",").compactMap { UInt32($0, radix: 16) }
      guard numbers.count == 5 else { continue }
      for place in 0..<numbers[2] {
        guard let scalar = Unicode.Scalar(numbers[0] + place * numbers[3]),
          let weight = Unicode.Scalar(numbers[1] + place * numbers[4])
        else { continue }
        weights[scalar] = weight
      }
    }
    return weights
  }()
}

extension Connection {
  /// Gives SQL the function `folded(X)`, see <https://sqlite.org/c3ref/create_function.html>.
  func defineFolding() {
    sqlite3_create_function_v2(
      handle, "folded", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nil,
      { context, _, arguments in
        guard let value = arguments?[0], let text = sqlite3_value_text(value) else {
          return sqlite3_result_null(context)
        }
        let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_value_bytes(value)))
        var folded = GeneralCollation.fold(String(decoding: bytes, as: UTF8.self))
        folded.withUTF8 { utf8 in
          utf8.withMemoryRebound(to: CChar.self) { characters in
            csqlite_result_text(context, characters.baseAddress, UInt64(characters.count))
          }
        }
      }, nil, nil, nil)
  }
}

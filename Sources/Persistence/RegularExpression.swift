import CSQLite
import Glibc

/// A POSIX extended regular expression that is looked for anywhere in a text, whatever the case, as MySQL's `REGEXP`
/// does under its usual collations.
///
/// Patterns come from the network: their length and their repetitions are bounded, because a compiled pattern grows
/// with the product of its nested bounds.
public final class RegularExpression {
  /// The longest pattern taken, in bytes.
  public static let longestPattern = 255
  private static let largestRepetition = 1000

  private var compiled = regex_t()

  /// A compiled pattern, or `nil` where it is no expression or too large a one.
  public init?(_ pattern: String) {
    guard Self.isModest(pattern) else { return nil }
    let posix = pattern.replacing("\\d", with: "[0-9]").replacing("(?:", with: "(").replacing("(?i)", with: "")
    guard regcomp(&compiled, posix, REG_EXTENDED | REG_NOSUB | REG_ICASE) == 0 else { return nil }
  }

  deinit { regfree(&compiled) }

  /// Whether a text may be used as a pattern.
  public static func isValid(_ pattern: String) -> Bool { RegularExpression(pattern) != nil }

  /// Whether the pattern occurs in the text.
  public func occurs(in text: UnsafePointer<CChar>) -> Bool { regexec(&compiled, text, 0, nil, 0) == 0 }

  private static func isModest(_ pattern: String) -> Bool {
    guard pattern.utf8.count <= longestPattern, !pattern.utf8.contains(0) else { return false }
    var product = 1
    for part in pattern.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
      let bounds = part.prefix { $0 != "}" }.split(separator: ",").compactMap { Int($0) }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, bounds.max() ?? 1))
      guard !overflow, next <= largestRepetition else { return false }
      product = next
    }
    return true
  }
}

extension Connection {
  /// Gives SQL the operator `X REGEXP Y`; SQLite itself only knows its name. A pattern is compiled once a statement.
  /// See <https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>.
  func defineREGEXP() {
    sqlite3_create_function_v2(
      handle, "regexp", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nil,
      { context, _, arguments in
        guard let pattern = arguments?[0], let value = arguments?[1], let text = sqlite3_value_text(value) else {
          return sqlite3_result_int(context, 0)
        }
        guard let expression = compiled(pattern, context) else { return sqlite3_result_int(context, 0) }
        let occurs = text.withMemoryRebound(to: CChar.self, capacity: 1) { expression.occurs(in: $0) }
        sqlite3_result_int(context, occurs ? 1 : 0)
      }, nil, nil, nil)
  }
}

/// The statement's compiled pattern, kept with the statement (<https://sqlite.org/c3ref/get_auxdata.html>).
private func compiled(_ pattern: OpaquePointer, _ context: OpaquePointer?) -> RegularExpression? {
  if let kept = sqlite3_get_auxdata(context, 0) {
    return Unmanaged<RegularExpression>.fromOpaque(kept).takeUnretainedValue()
  }
  guard let text = sqlite3_value_text(pattern), let made = RegularExpression(String(cString: text)) else { return nil }
  sqlite3_set_auxdata(context, 0, Unmanaged.passRetained(made).toOpaque()) { kept in
    if let kept { Unmanaged<RegularExpression>.fromOpaque(kept).release() }
  }
  return made
}

/// Comparisons whose time does not tell where two secrets differ.
public enum ConstantTime {
  /// Whether two secrets are the same. Only whether their lengths differ can be told from the time it takes.
  public static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    // In Swift `|` and `^` bind equally, so that the parentheses matter.
    a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// The same for texts.
  public static func areEqual(_ a: String, _ b: String) -> Bool { areEqual(Array(a.utf8), Array(b.utf8)) }
}

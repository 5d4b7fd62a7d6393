extension StringProtocol {
  /// Without blanks at either end, as Python's `strip` leaves it.
  public func trimmingBlanks() -> SubSequence {
    let scalars = unicodeScalars
    let start = scalars.firstIndex { !$0.isPythonSpace } ?? endIndex
    let end = scalars.lastIndex { !$0.isPythonSpace }.map { scalars.index(after: $0) } ?? start
    return self[start..<end]
  }

  /// The same as a string of its own.
  public var trimmed: String { String(trimmingBlanks()) }
}

extension Unicode.Scalar {
  /// Whether Python's `str.isspace` takes this for a blank: what Unicode calls white space, and the four separators of
  /// ASCII, which Unicode does not.
  public var isPythonSpace: Bool { value < 128 ? (9...13).contains(value) || (28...32).contains(value) : isWideSpace }

  private var isWideSpace: Bool { properties.isWhitespace }
}

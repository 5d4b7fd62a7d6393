extension StringProtocol {
  /// Without blanks at either end, as Python's `strip` leaves it.
  public func trimmingBlanks() -> SubSequence {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? start
    return self[start..<end]
  }

  /// The same as a string of its own.
  public var trimmed: String { String(trimmingBlanks()) }
}

extension PatternParser {
  /// What comes after a `[`.
  mutating func characterClass(_ flags: PatternFlags) throws(RegularExpressionError) -> ScalarSet {
    let isNegated = source.take("^")
    var items: [ScalarSet.Item] = []
    while true {
      guard let next = source.next else { throw .invalid("unterminated character set") }
      if next == "]", !items.isEmpty {
        _ = source.take()
        return ScalarSet(items, isNegated: isNegated, flags)
      }
      items += try classItems()
    }
  }

  /// A character, a category or a range; two where a `-` ends the class.
  private mutating func classItems() throws(RegularExpressionError) -> [ScalarSet.Item] {
    let first = try classItem()
    guard source.take("-") else { return [first] }
    guard let next = source.next else { throw .invalid("unterminated character set") }
    if next == "]" { return [first, .range(45...45)] }
    guard case .range(let lower) = first, case .range(let upper) = try classItem(),
      lower.lowerBound <= upper.upperBound
    else { throw .invalid("bad character range") }
    return [.range(lower.lowerBound...upper.upperBound)]
  }

  private mutating func classItem() throws(RegularExpressionError) -> ScalarSet.Item {
    guard let scalar = source.take() else { throw .invalid("unterminated character set") }
    return scalar == "\\" ? try classEscape() : .range(scalar.value...scalar.value)
  }
}

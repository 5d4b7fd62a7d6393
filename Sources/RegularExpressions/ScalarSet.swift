/// What one character of a text is compared with: a literal, `.`, `\d`, `[a-z]`.
struct ScalarSet: Hashable, Sendable {
  enum Item: Hashable, Sendable {
    case range(ClosedRange<UInt32>)
    case category(CharacterCategory, isNegated: Bool)
  }

  /// The members among ASCII, where nearly all texts live.
  let ascii: ASCIISet
  private let items: [Item]
  private let isNegated: Bool
  private let ignoresCase: Bool
  private let isASCIIOnly: Bool

  init(_ items: [Item], isNegated: Bool = false, _ flags: PatternFlags) {
    ignoresCase = flags.contains(.ignoringCase)
    isASCIIOnly = flags.contains(.ascii)
    self.isNegated = isNegated
    self.items = items
    let union = items.reduce(ASCIISet()) { $0.union(Self.ascii($1, asciiOnly: flags.contains(.ascii))) }
    let cased = ignoresCase ? union.union(Self.relatives(of: items, flags)).withBothCases : union
    ascii = isNegated ? cased.inverted : cased
  }

  /// One character.
  init(_ literal: UInt32, _ flags: PatternFlags) { self.init([.range(literal...literal)], flags) }

  /// All characters.
  static let all = ScalarSet([.range(0...0x10FFFF)], [])
  /// The end of a line.
  static let newline = ScalarSet(10, [])
  /// What `\b` looks for.
  static let word = ScalarSet([.category(.word, isNegated: false)], [])
  /// The same under `(?a)`.
  static let asciiWord = ScalarSet([.category(.word, isNegated: false)], .ascii)

  /// The ASCII letters that equal a member beyond ASCII.
  private static func relatives(of items: [Item], _ flags: PatternFlags) -> ASCIISet {
    guard !flags.contains(.ascii) else { return ASCIISet() }
    let ranges = items.compactMap { if case .range(let range) = $0, range.upperBound > 0x7F { range } else { nil } }
    guard !ranges.isEmpty else { return ASCIISet() }
    let letters = LetterCase.withRelatives.filter { letter in
      LetterCase.variants(of: letter, asciiOnly: false).contains { variant in ranges.contains { $0.contains(variant) } }
    }
    return letters.reduce(ASCIISet()) { $0.union(ASCIISet($1...$1)) }
  }

  private static func ascii(_ item: Item, asciiOnly: Bool) -> ASCIISet {
    switch item {
    case .range(let range): return ASCIISet(range)
    case .category(let category, let isNegated):
      let set = category.ascii(asciiOnly: asciiOnly)
      return isNegated ? set.inverted : set
    }
  }

  /// Whether a character beyond ASCII is a member.
  func contains(beyondASCII scalar: UInt32) -> Bool {
    let variants = ignoresCase ? LetterCase.variants(of: scalar, asciiOnly: isASCIIOnly) : [scalar]
    return items.contains { item in variants.contains { holds(item, $0) } } != isNegated
  }

  private func holds(_ item: Item, _ scalar: UInt32) -> Bool {
    switch item {
    case .range(let range): return range.contains(scalar)
    case .category(let category, let isNegated):
      if scalar < 0x80 { return category.ascii(asciiOnly: isASCIIOnly).contains(UInt8(scalar)) != isNegated }
      return (!isASCIIOnly && category.contains(beyondASCII: scalar)) != isNegated
    }
  }
}

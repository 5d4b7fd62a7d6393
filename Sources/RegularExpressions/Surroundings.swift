/// What assertions can know of a place in a text: what comes right before it, or right after it.
struct Surroundings: OptionSet, Hashable, Sendable {
  let rawValue: UInt8

  /// No character: the text begins or ends here.
  static let edge = Surroundings(rawValue: 1)
  static let newline = Surroundings(rawValue: 2)
  /// A line feed that is the last character.
  static let lastNewline = Surroundings(rawValue: 4)
  static let word = Surroundings(rawValue: 8)
  static let asciiWord = Surroundings(rawValue: 16)
  /// The beginning and the end of an empty text.
  static let emptyText = Surroundings(rawValue: 32)

  /// What is so of a character.
  init(_ scalar: UInt32) {
    var found: Surroundings = scalar == 10 ? .newline : []
    if scalar < 0x80 {
      if ScalarSet.asciiWord.ascii.contains(UInt8(scalar)) { found.formUnion([.word, .asciiWord]) }
    } else if CharacterCategory.word.contains(beyondASCII: scalar) {
      found.insert(.word)
    }
    self = found
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What is before a place in a text.
  init(before place: Int, in text: UTF8Text) {
    guard place > 0 else {
      self = text.isEmpty ? [.edge, .emptyText] : .edge
      return
    }
    self.init(text.scalar(at: text.start(before: place)).value)
  }

  /// What is after a place in a text.
  init(after place: Int, in text: UTF8Text) {
    guard place < text.count else {
      self = .edge
      return
    }
    self.init(text.scalar(at: place).value)
    if text[place] == 10, place == text.count - 1 { insert(.lastNewline) }
  }
}

extension Assertion {
  /// Whether this holds between two characters.
  func holds(before: Surroundings, after: Surroundings) -> Bool {
    switch self {
    case .textStart: before.contains(.edge)
    case .lineStart: !before.isDisjoint(with: [.edge, .newline])
    case .textEnd: after.contains(.edge)
    case .lastLineEnd: !after.isDisjoint(with: [.edge, .lastNewline])
    case .lineEnd: !after.isDisjoint(with: [.edge, .newline])
    case .wordBoundary(let asciiOnly): Self.isBoundary(before, after, asciiOnly)
    // In an empty text there is neither a boundary nor none.
    case .notWordBoundary(let asciiOnly):
      !before.contains(.emptyText) && !Self.isBoundary(before, after, asciiOnly)
    }
  }

  private static func isBoundary(_ before: Surroundings, _ after: Surroundings, _ asciiOnly: Bool) -> Bool {
    let word: Surroundings = asciiOnly ? .asciiWord : .word
    return before.contains(word) != after.contains(word)
  }

  /// What this asks of the characters beside a place.
  var asks: Surroundings {
    switch self {
    case .textStart: .edge
    case .lineStart: [.edge, .newline]
    case .textEnd, .lastLineEnd: []
    case .lineEnd: .newline
    case .wordBoundary(true): .asciiWord
    case .wordBoundary(false): .word
    case .notWordBoundary(let asciiOnly): asciiOnly ? [.asciiWord, .emptyText] : [.word, .emptyText]
    }
  }
}

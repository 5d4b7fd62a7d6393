/// An expression as a tree.
indirect enum Node: Sendable {
  case empty
  /// Matches nothing: `(?!)`.
  case never
  /// One character of a set, by the set's number.
  case scalar(Int)
  case assertion(Assertion)
  case sequence([Node])
  case choice([Node])
  case repeated(Node, Repetition)
  /// A group that can be referred to.
  case group(Node, number: Int)
  /// A group that keeps its first match: `(?>...)`.
  case atomic(Node)
  case look(Node, Look)
  /// What a group matched, once more.
  case reference(Int, ignoringCase: Bool)
  /// `(?(1)yes|no)`.
  case condition(group: Int, yes: Node, no: Node)
}

/// How often something may follow itself.
struct Repetition: Sendable {
  enum Kind: Sendable {
    case greedy, lazy, possessive
  }

  var minimum: Int
  /// `nil` for without end.
  var maximum: Int?
  var kind = Kind.greedy
}

/// What must, or must not, come before or after a place.
struct Look: Sendable {
  /// How many characters before the place it begins; 0 looks ahead.
  var back = 0
  var isNegated = false
}

/// Something that holds between two characters.
enum Assertion: Sendable, Hashable {
  /// `^`, `\A`
  case textStart
  /// `^` of a multi-line pattern.
  case lineStart
  /// `\Z`
  case textEnd
  /// `$`: the end, or a line feed before it.
  case lastLineEnd
  /// `$` of a multi-line pattern.
  case lineEnd
  /// `\b`
  case wordBoundary(asciiOnly: Bool)
  /// `\B`
  case notWordBoundary(asciiOnly: Bool)
}

/// Reads the syntax of Python's `re` (<https://docs.python.org/3/library/re.html#regular-expression-syntax>).
///
/// What Python refuses is refused, in its words; what is taken means the same. Only names of characters (`\N{...}`)
/// are not known.
struct PatternParser {
  var source: PatternSource
  /// Flags for the whole expression, which it may begin with.
  private(set) var flags: PatternFlags
  /// The sets of characters, each once.
  private(set) var sets: [ScalarSet] = []
  private var numbers: [ScalarSet: Int] = [:]
  /// How many characters each group takes; `nil` while it is open. The first is the whole.
  var groups: [Width?] = [nil]
  var names: [String: Int] = [:]
  /// The groups that something refers to.
  var referred: Set<Int> = []
  /// The numbers in conditions, which may name groups that come later.
  var conditions: [Int] = []
  /// How many groups there were before the outermost look-behind that is open.
  var groupsBeforeLookBehind: Int?
  private var depth = 0

  init(_ pattern: String, _ flags: PatternFlags) {
    source = PatternSource(pattern)
    self.flags = flags
  }

  /// The whole expression.
  mutating func expression() throws(RegularExpressionError) -> Node {
    try globalFlags()
    let node = try choice(flags)
    guard source.isAtEnd else { throw .invalid("unbalanced parenthesis") }
    guard conditions.allSatisfy({ $0 < groups.count }) else { throw .invalid("invalid group reference") }
    return node
  }

  /// `(?i)` and the like; only the beginning may have them.
  private mutating func globalFlags() throws(RegularExpressionError) {
    while true {
      if flags.contains(.verbose) { skipBlanks() }
      let start = source.position
      guard source.take("("), source.take("?"), let letter = source.next, PatternFlags(letter: letter) != nil,
        case .wholeExpression(let more) = try inlineFlags()
      else { return source.goBack(to: start) }
      if !more.isDisjoint(with: .types) { flags.subtract(.types) }
      flags.formUnion(more)
    }
  }

  /// Alternatives, up to the end or a `)`.
  mutating func choice(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    var branches = [try sequence(flags)]
    while source.take("|") { branches.append(try sequence(flags)) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  /// One of a sequence, as far as what may follow depends on it.
  private struct Element {
    var node: Node
    var kind: Kind

    enum Kind { case plain, position, repeated }
  }

  /// Things that follow one another, up to `|`, `)` or the end.
  mutating func sequence(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    var elements: [Element] = []
    while let next = source.next, next != "|", next != ")" {
      if flags.contains(.verbose), skipBlanks() { continue }
      if let repetition = try repetition() {
        try repeatLast(of: &elements, repetition)
      } else if let element = try element(flags) {
        elements.append(element)
      }
    }
    if elements.count == 1 { return elements[0].node }
    return elements.isEmpty ? .empty : .sequence(elements.map(\.node))
  }

  /// Passes blanks and comments of a verbose expression.
  @discardableResult
  private mutating func skipBlanks() -> Bool {
    let start = source.position
    while let next = source.next {
      if next == "#" {
        _ = source.take(until: "\n")
      } else if " \t\n\r\u{0B}\u{0C}".unicodeScalars.contains(next) {
        _ = source.take()
      } else {
        break
      }
    }
    return source.position > start
  }

  private mutating func repeatLast(
    of elements: inout [Element], _ repetition: Repetition
  ) throws(RegularExpressionError) {
    guard let last = elements.popLast(), last.kind != .position else { throw .invalid("nothing to repeat") }
    guard last.kind != .repeated else { throw .invalid("multiple repeat") }
    elements.append(Element(node: .repeated(last.node, repetition), kind: .repeated))
  }

  private mutating func element(_ flags: PatternFlags) throws(RegularExpressionError) -> Element? {
    guard let scalar = source.take() else { return nil }
    switch scalar {
    case ".": return plain(flags.contains(.dotTakesAll) ? .all : ScalarSet([.range(10...10)], isNegated: true, []))
    case "^": return position(flags.contains(.multiline) ? .lineStart : .textStart)
    case "$": return position(flags.contains(.multiline) ? .lineEnd : .lastLineEnd)
    case "[": return plain(try characterClass(flags))
    case "(": return try nested(flags).map { Element(node: $0, kind: .plain) }
    case "\\": return try escape(flags)
    default: return plain(ScalarSet(scalar.value, flags))
    }
  }

  private mutating func nested(_ flags: PatternFlags) throws(RegularExpressionError) -> Node? {
    guard depth < PatternLimits.depth else { throw .tooLarge }
    depth += 1
    defer { depth -= 1 }
    return try group(flags)
  }

  private mutating func escape(_ flags: PatternFlags) throws(RegularExpressionError) -> Element {
    switch try escaped(flags) {
    case .set(let set): plain(set)
    case .assertion(let assertion): position(assertion)
    case .reference(let number):
      Element(node: .reference(number, ignoringCase: flags.contains(.ignoringCase)), kind: .plain)
    }
  }

  private mutating func plain(_ set: ScalarSet) -> Element { Element(node: .scalar(number(of: set)), kind: .plain) }

  private func position(_ assertion: Assertion) -> Element {
    Element(node: .assertion(assertion), kind: .position)
  }

  private mutating func number(of set: ScalarSet) -> Int {
    if let number = numbers[set] { return number }
    sets.append(set)
    numbers[set] = sets.count - 1
    return sets.count - 1
  }
}

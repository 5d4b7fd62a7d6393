extension PatternParser {
  /// What comes after a `(`; `nil` for a comment.
  mutating func group(_ flags: PatternFlags) throws(RegularExpressionError) -> Node? {
    guard source.take("?") else { return try capture(named: nil, flags) }
    guard let kind = source.take() else { throw .invalid("unexpected end of pattern") }
    switch kind {
    case ":": return try closed(try choice(flags))
    case ">": return .atomic(try closed(try choice(flags)))
    case "#":
      guard source.take(until: ")") != nil else { throw .invalid("missing ), unterminated comment") }
      return nil
    case "P": return try named(flags)
    case "=": return try lookAhead(isNegated: false, flags)
    case "!": return try lookAhead(isNegated: true, flags)
    case "<": return try lookBehind(flags)
    case "(": return try condition(flags)
    default:
      guard kind == "-" || kind == "L" || PatternFlags(letter: kind) != nil else {
        throw .invalid("unknown extension ?\(kind)")
      }
      source.goBack(to: source.position - 1)
      return try flagged(flags)
    }
  }

  private mutating func closed(_ node: Node) throws(RegularExpressionError) -> Node {
    guard source.take(")") else { throw .invalid("missing ), unterminated subpattern") }
    return node
  }

  private mutating func capture(named name: String?, _ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    let number = groups.count
    if let name {
      guard names[name] == nil else { throw .invalid("redefinition of group name '\(name)'") }
      names[name] = number
    }
    groups.append(nil)
    let node = try closed(try choice(flags))
    groups[number] = node.width(groups)
    return .group(node, number: number)
  }

  /// `(?P<name>...)` and `(?P=name)`.
  private mutating func named(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    if source.take("<") { return try capture(named: try name(until: ">"), flags) }
    guard source.take("=") else { throw .invalid("unknown extension ?P") }
    let name = try name(until: ")")
    guard let number = names[name] else { throw .invalid("unknown group name '\(name)'") }
    return .reference(try reference(to: number), ignoringCase: flags.contains(.ignoringCase))
  }

  private mutating func name(until terminator: Unicode.Scalar) throws(RegularExpressionError) -> String {
    let name = try text(until: terminator)
    guard Self.isIdentifier(name) else { throw .invalid("bad character in group name '\(name)'") }
    return name
  }

  private mutating func text(until terminator: Unicode.Scalar) throws(RegularExpressionError) -> String {
    guard let text = source.take(until: terminator) else {
      throw .invalid("missing \(terminator), unterminated name")
    }
    guard !text.isEmpty else { throw .invalid("missing group name") }
    return text
  }

  private static func isIdentifier(_ name: String) -> Bool {
    guard let first = name.unicodeScalars.first, first == "_" || first.properties.isXIDStart else { return false }
    return name.unicodeScalars.allSatisfy(\.properties.isXIDContinue)
  }

  /// A group that may be referred to from here.
  mutating func reference(to number: Int) throws(RegularExpressionError) -> Int {
    guard groups[number] != nil else { throw .invalid("cannot refer to an open group") }
    try refuseWithinLookBehind(number)
    referred.insert(number)
    return number
  }

  private func refuseWithinLookBehind(_ number: Int) throws(RegularExpressionError) {
    guard let before = groupsBeforeLookBehind else { return }
    guard number < groups.count, groups[number] != nil else { throw .invalid("cannot refer to an open group") }
    guard number < before else {
      throw .invalid("cannot refer to group defined in the same lookbehind subpattern")
    }
  }

  private mutating func lookAhead(isNegated: Bool, _ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    let node = try closed(try choice(flags))
    if isNegated, case .empty = node { return .never }
    return .look(node, Look(isNegated: isNegated))
  }

  private mutating func lookBehind(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    guard let kind = source.take() else { throw .invalid("unexpected end of pattern") }
    guard kind == "=" || kind == "!" else { throw .invalid("unknown extension ?<\(kind)") }
    let isOutermost = groupsBeforeLookBehind == nil
    if isOutermost { groupsBeforeLookBehind = groups.count }
    let node = try choice(flags)
    if isOutermost { groupsBeforeLookBehind = nil }
    _ = try closed(node)
    let width = node.width(groups)
    guard width.least == width.greatest else { throw .invalid("look-behind requires fixed-width pattern") }
    guard width.least < PatternLimits.instructions else { throw .tooLarge }
    if kind == "!", case .empty = node { return .never }
    return .look(node, Look(back: width.least, isNegated: kind == "!"))
  }

  /// `(?(group)yes|no)`.
  private mutating func condition(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    let number = try conditionGroup(try text(until: ")"))
    try refuseWithinLookBehind(number)
    referred.insert(number)
    let yes = try sequence(flags)
    let no = source.take("|") ? try sequence(flags) : .empty
    guard source.next != "|" else { throw .invalid("conditional backref with more than two branches") }
    return .condition(group: number, yes: yes, no: try closed(no))
  }

  private mutating func conditionGroup(_ text: String) throws(RegularExpressionError) -> Int {
    if Self.isIdentifier(text) {
      guard let number = names[text] else { throw .invalid("unknown group name '\(text)'") }
      return number
    }
    guard text.unicodeScalars.allSatisfy(\.isASCIIDigit), let number = Int(text) else {
      throw .invalid("bad character in group name '\(text)'")
    }
    guard number > 0 else { throw .invalid("bad group number") }
    conditions.append(number)
    return number
  }

  /// `(?i-m:...)`.
  private mutating func flagged(_ flags: PatternFlags) throws(RegularExpressionError) -> Node {
    guard case .group(let on, let off) = try inlineFlags() else {
      throw .invalid("global flags not at the start of the expression")
    }
    let kept = on.isDisjoint(with: .types) ? flags : flags.subtracting(.types)
    return try closed(try choice(kept.union(on).subtracting(off)))
  }
}

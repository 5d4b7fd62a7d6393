extension Node {
  /// How many instructions this compiles to, about.
  var weight: Int {
    switch self {
    case .empty: 0
    case .never, .scalar, .assertion, .reference: 1
    case .sequence(let nodes): nodes.reduce(0) { Self.sum($0, $1.weight) }
    case .choice(let nodes): nodes.reduce(0) { Self.sum($0, $1.weight + 2) }
    case .group(let node, _), .atomic(let node), .look(let node, _): Self.sum(node.weight, 3)
    case .condition(_, let yes, let no): Self.sum(yes.weight, no.weight + 2)
    case .repeated(let node, let repetition):
      Self.product(node.weight + 2, (repetition.maximum ?? repetition.minimum) + 1)
    }
  }

  private static func sum(_ a: Int, _ b: Int) -> Int { min(a + b, Width.most) }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? Width.most : min(product, Width.most)
  }

  /// Whether an automaton decides this: nothing depends on what matched before, or on what matches first.
  var isRegular: Bool {
    switch self {
    case .empty, .never, .scalar, .assertion: true
    case .sequence(let nodes), .choice(let nodes): nodes.allSatisfy(\.isRegular)
    case .repeated(let node, let repetition): repetition.kind != .possessive && node.isRegular
    case .group(let node, _): node.isRegular
    case .atomic, .look, .reference, .condition: false
    }
  }

  /// Whether this contains a group of certain numbers.
  func holds(anyOf numbers: Set<Int>) -> Bool {
    switch self {
    case .empty, .never, .scalar, .assertion, .reference: false
    case .sequence(let nodes), .choice(let nodes): nodes.contains { $0.holds(anyOf: numbers) }
    case .repeated(let node, _), .atomic(let node), .look(let node, _): node.holds(anyOf: numbers)
    case .group(let node, let number): numbers.contains(number) || node.holds(anyOf: numbers)
    case .condition(_, let yes, let no): yes.holds(anyOf: numbers) || no.holds(anyOf: numbers)
    }
  }

  /// Whether an automaton decides the inside of a look.
  func isAutomatic(referred: Set<Int>) -> Bool { isRegular && !holds(anyOf: referred) }

  /// Whether all that matters of a place in the expression and in the text is that it was tried before: what comes
  /// after it depends on nothing else.
  func forgetsItsPast(referred: Set<Int>) -> Bool {
    switch self {
    case .empty, .never, .scalar, .assertion: true
    case .sequence(let nodes), .choice(let nodes): nodes.allSatisfy { $0.forgetsItsPast(referred: referred) }
    case .repeated(let node, let repetition):
      repetition.kind != .possessive && node.forgetsItsPast(referred: referred)
    case .group(let node, _): node.forgetsItsPast(referred: referred)
    case .look(let node, _): node.isAutomatic(referred: referred)
    case .atomic, .reference, .condition: false
    }
  }

  /// Whether every match begins at the beginning of the text.
  var beginsAtStart: Bool {
    switch self {
    case .assertion(.textStart): true
    case .sequence(let nodes): nodes.first?.beginsAtStart ?? false
    case .choice(let nodes): nodes.allSatisfy(\.beginsAtStart)
    case .group(let node, _), .atomic(let node): node.beginsAtStart
    default: false
    }
  }

  /// A regular expression that matches wherever this does, and perhaps elsewhere; the same one where this is regular.
  /// `any` is the number of the set of all characters.
  func relaxed(any: Int) -> Node {
    switch self {
    case .empty, .never, .scalar, .assertion: self
    case .sequence(let nodes): .sequence(nodes.map { $0.relaxed(any: any) })
    case .choice(let nodes): .choice(nodes.map { $0.relaxed(any: any) })
    case .repeated(let node, var repetition):
      {
        repetition.kind = .greedy
        return .repeated(node.relaxed(any: any), repetition)
      }()
    case .group(let node, _), .atomic(let node): node.relaxed(any: any)
    case .look: .empty
    case .reference: .repeated(.scalar(any), Repetition(minimum: 0, maximum: nil))
    case .condition(_, let yes, let no): .choice([yes.relaxed(any: any), no.relaxed(any: any)])
    }
  }
}

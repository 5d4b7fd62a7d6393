/// How many characters something takes, at least and at most; no more than `most` are told apart.
struct Width: Equatable {
  static let most = 1 << 32
  var least: Int
  var greatest: Int

  static let zero = Width(least: 0, greatest: 0)

  static func + (a: Width, b: Width) -> Width {
    Width(least: min(a.least + b.least, most), greatest: min(a.greatest + b.greatest, most))
  }

  func repeated(_ repetition: Repetition) -> Width {
    Width(
      least: Self.product(least, repetition.minimum),
      greatest: greatest == 0 ? 0 : Self.product(greatest, repetition.maximum ?? Self.most))
  }

  func united(with other: Width) -> Width {
    Width(least: min(least, other.least), greatest: max(greatest, other.greatest))
  }

  private static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? most : min(product, most)
  }
}

extension Node {
  /// The characters that this takes; groups are looked up in those closed so far.
  func width(_ groups: [Width?]) -> Width {
    switch self {
    case .empty, .never, .assertion, .look: .zero
    case .scalar: Width(least: 1, greatest: 1)
    case .sequence(let nodes): nodes.reduce(.zero) { $0 + $1.width(groups) }
    case .choice(let nodes):
      nodes.dropFirst().reduce(nodes.first?.width(groups) ?? .zero) { $0.united(with: $1.width(groups)) }
    case .repeated(let node, let repetition): node.width(groups).repeated(repetition)
    case .group(let node, _), .atomic(let node): node.width(groups)
    case .reference(let number, _): groups.indices.contains(number) ? groups[number] ?? .zero : .zero
    case .condition(_, let yes, let no): yes.width(groups).united(with: no.width(groups))
    }
  }
}

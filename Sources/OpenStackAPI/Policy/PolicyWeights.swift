/// How many checks each of a cloud's rules takes at most, with those of the rules that it refers to.
///
/// Few rules that refer to each other several times would take more than there is time for.
struct PolicyWeights {
  private static let most = 1000

  private let checks: [String: PolicyCheck]
  private var known: [String: Int] = [:]
  /// The rules that lead to the one being weighed.
  private var path: [String] = []

  init(_ checks: [String: PolicyCheck]) { self.checks = checks }

  /// Refuses a rule that refers to itself, or that takes too many checks.
  mutating func weigh(_ name: String) throws(PolicySyntaxError) {
    _ = try weight(of: name)
  }

  private mutating func weight(of name: String) throws(PolicySyntaxError) -> Int {
    if let weight = known[name] { return weight }
    guard !path.contains(name) else {
      throw PolicySyntaxError(description: "policy rule \"\(name)\" refers to itself")
    }
    path.append(name)
    defer { path.removeLast() }
    let weight = try path.count > PolicyParser.deepest ? Self.most + 1 : weight(of: checks[name] ?? .never)
    guard weight <= Self.most else {
      throw PolicySyntaxError(description: "policy rule \"\(name)\" takes more than \(Self.most) checks")
    }
    known[name] = weight
    return weight
  }

  private mutating func weight(of check: PolicyCheck) throws(PolicySyntaxError) -> Int {
    switch check {
    case .always, .never, .role, .equal: return 1
    case .rule(let name): return try 1 + weight(of: name)
    case .not(let inner): return try 1 + weight(of: inner)
    case .all(let inner), .any(let inner):
      var sum = 1
      for check in inner { sum = min(sum + (try weight(of: check)), Self.most + 1) }
      return sum
    }
  }
}

/// What a route takes in its query string.
public struct Query: Sendable {
  package let parameters: [QueryParameter]
  /// Since which version an unknown name is an error; before, and with `nil`, it is dropped in silence.
  let refusesUnknownSince: Version?
  /// What further names begin with in the upstream schema (`^_`); they are taken, and the refusal of others quotes it.
  let furtherPrefix: String?

  /// The parameters a route knows.
  public init(_ parameters: [QueryParameter], refusesUnknownSince: Version? = nil, furtherPrefix: String? = nil) {
    (self.parameters, self.refusesUnknownSince) = (parameters, refusesUnknownSince)
    self.furtherPrefix = furtherPrefix
  }

  /// These parameters and more.
  public static func + (a: Query, b: [QueryParameter]) -> Query {
    Query(a.parameters + b, refusesUnknownSince: a.refusesUnknownSince, furtherPrefix: a.furtherPrefix)
  }

  /// Checks what the client sent and keeps what the version knows.
  func check(_ given: QueryParameters, _ version: Version) throws(Violation) -> QueryParameters {
    var kept: [(name: String, value: String)] = []
    var unknown: [String] = []
    for (name, value) in given.pairs {
      guard let parameter = parameters.first(where: { $0.name == name && $0.versions.contains(version) }) else {
        let isFurther = furtherPrefix.map { name.hasPrefix($0) } ?? false
        if !isFurther { unknown.append(name) }
        continue
      }
      if let violation = parameter.schema.check(.string(value), version) { throw violation.inside(name) }
      if parameter.isSingle, let violation = Self.repetition(of: name, in: given) { throw violation }
      kept.append((name, value))
    }
    if let since = refusesUnknownSince, version >= since, !unknown.isEmpty {
      throw Violation(.null, refusal(of: unknown.uniqued))
    }
    return QueryParameters(kept)
  }

  private static func repetition(of name: String, in given: QueryParameters) -> Violation? {
    let values = given.all(name)
    guard values.count > 1 else { return nil }
    let list = JSON.array(values.map(JSON.string))
    return Violation(list, "\(list.pythonRepresentation) is too long", path: [name])
  }

  private func refusal(of unknown: [String]) -> String {
    let names = unknown.sorted().map(JSON.quoted).joined(separator: ", ")
    if let furtherPrefix {
      return "\(names) \(unknown.count == 1 ? "does" : "do") not match any of the regexes: '^\(furtherPrefix)'"
    }
    return "Additional properties are not allowed (\(names) \(unknown.count == 1 ? "was" : "were") unexpected)"
  }
}

/// One name of a query string.
public struct QueryParameter: Sendable {
  package let name: String
  package let schema: Schema
  let versions: VersionRange
  let isSingle: Bool

  /// A parameter whose every value must satisfy a schema; values are strings. A `single` one must not repeat.
  public init(
    _ name: String, _ schema: Schema = .any, since: Version? = nil, until: Version? = nil, single: Bool = false
  ) {
    (self.name, self.schema, isSingle) = (name, schema, single)
    versions = VersionRange(since: since, until: until)
  }

  /// `limit` and `marker`, as lists take them; `single` ones must not repeat.
  public static func paging(since: Version? = nil, single: Bool = false) -> [QueryParameter] {
    [
      QueryParameter("limit", .integerOrDigits(0...Int.max, digits: "^[0-9]*$"), since: since, single: single),
      QueryParameter("marker", since: since, single: single),
    ]
  }
}

/// A query string, decoded: names and values in the order they were sent.
public struct QueryParameters: Sendable {
  /// All names with their values.
  public let pairs: [(name: String, value: String)]

  /// Given names and values.
  public init(_ pairs: [(name: String, value: String)] = []) { self.pairs = pairs }

  /// Reads `a=1&b=%20x`; `+` is a blank. A broken percent escape stands for itself.
  public init(parsing text: String?) {
    guard let text, !text.isEmpty else {
      pairs = []
      return
    }
    pairs = text.split(separator: "&").map { part in
      let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        halves[0].percentDecoded(plusIsSpace: true), halves.count > 1 ? halves[1].percentDecoded(plusIsSpace: true) : ""
      )
    }
  }

  /// The last value of a name, which is the one that counts where a parameter may not repeat.
  public subscript(_ name: String) -> String? { pairs.last { $0.name == name }?.value }

  /// All values of a name.
  public func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

  /// The value as a whole number.
  public func integer(_ name: String) -> Int? { self[name].flatMap { Int($0) } }
}

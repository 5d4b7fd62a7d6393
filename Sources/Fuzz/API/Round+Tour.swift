import OpenStackAPI

extension Round {
  /// Calls every row in ways that should succeed: what makes things before what looks at them, and what deletes last.
  func tour() throws {
    let rows =
      Row.all.filter { $0.route.method != .delete }
      + Row.all.filter { $0.route.method == .delete }.sorted { $0.segments.count > $1.segments.count }
    for _ in 0..<2 {
      for row in rows where !isTourOver && !reached.contains(row.name) { _ = try reach(row) }
    }
  }

  /// Calls a row until it succeeds, after those that it needs.
  @discardableResult
  private func reach(_ row: Row, body: Int? = nil, isBare: Bool = false, depth: Int = 0) throws -> Bool {
    guard row.route.versions.since ?? newest <= newest else { return false }
    if depth < 4, !isBare { try prepare(row, depth) }
    for attempt in 0..<(lists.isUnreachable(row) ? 1 : Self.attempts) where !isTourOver {
      if try ask(row, plan(row, attempt, body)) {
        try reach(row.recipe.after, depth)
        return true
      }
    }
    try reach(row.recipe.after, depth)
    return false
  }

  /// Rows by the names of their recipes, each with the body that its name says.
  private func reach(_ names: [String], _ depth: Int) throws {
    for name in names {
      let parts = name.split(separator: " #")
      guard let row = Row.named[String(parts[0])] else { throw FuzzFailure("no row has the recipe \(name)") }
      let (number, isBare) = (parts.dropFirst().first, name.hasSuffix("!"))
      try reach(row, body: number.flatMap { Int($0.prefix { $0 != "!" }) }, isBare: isBare, depth: depth + 1)
    }
  }

  /// Makes what the path names, where nothing is known of it, or where it will not be the same afterwards; then what the
  /// recipe says.
  private func prepare(_ row: Row, _ depth: Int) throws {
    for parameter in row.parameters {
      guard let creator = Row.creators[parameter.pattern], creator.name != row.name else { continue }
      let isUsedUp = row.route.method == .delete && parameter.pattern == row.pattern || row.changesServer
      if row.recipe.isOfDeleted { continue }
      if isUsedUp || draw.known.paths(parameter.pattern).isEmpty { try reach(creator, depth: depth + 1) }
    }
    try reach(row.recipe.before, depth)
  }

  private static let attempts = 10

  private func plan(_ row: Row, _ attempt: Int, _ body: Int?) -> Plan {
    let range = row.route.versions
    let top = min(range.until ?? newest, newest)
    let isEven = attempt % 3 != 2
    var plan = Plan(version: row.api.version(isEven ? top : range.since ?? "2.1"))
    plan.body = body ?? attempt
    plan.persona = min([0, 0, 0, 1, 2, 3, 0, 1, 2, 4][attempt % 10], personas.count - 1)
    if attempt % 3 < 2, let name = row.recipe.persona {
      plan.persona = personas.firstIndex { $0.name == name } ?? plan.persona
    }
    plan.ids = [.newest, .own, .newest, .newest, .own, .own, .any, .any, .any, .own][attempt % 10]
    plan.isFresh = row.isOfOne && row.route.method == .put && attempt % 4 == 1
    plan.members = [.required, .required, .required, .some, .required, .some, .all][attempt % 7]
    return plan
  }
}

extension Row {
  /// Whether the server is no longer what it was.
  fileprivate var changesServer: Bool {
    !isRead && pattern.hasPrefix("compute /servers/:") && route.operation != "gone"
  }

  /// The rows that make what a path leads to, by its pattern: what posts to the collection, or puts to the path itself.
  static let creators: [String: Row] = {
    var creators: [String: Row] = [:]
    for row in newestFirst where row.isOfOne && row.route.method == .put {
      creators[row.pattern] = creators[row.pattern] ?? row
    }
    var posts: [String: Row] = [:]
    for row in newestFirst where row.route.method == .post && row.route.action == nil {
      posts[row.pattern + "/:"] = posts[row.pattern + "/:"] ?? row
    }
    return creators.merging(posts) { $1 }
  }()

  /// The parameter that a collection's path goes on with, by the collection's pattern.
  static let children: [String: Parameter] = {
    var children: [String: Parameter] = [:]
    for row in all where row.isOfOne { children[String(row.pattern.dropLast(2))] = row.parameters.last }
    return children
  }()

  /// By the name of the recipe.
  static let named: [String: Row] = Dictionary(newestFirst.map { ($0.recipeName, $0) }) { first, _ in first }

  private static let newestFirst = all.filter { !$0.isLegacy } + all.filter(\.isLegacy)
}

extension API {
  /// A version as text for a header, and what it stands for.
  func version(_ version: Version) -> (text: String, meaning: Version) {
    microversions == nil ? ("", fixedVersion) : (version.description, version)
  }
}

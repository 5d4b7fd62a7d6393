import OpenStackAPI

extension Round {
  /// A request for any row, about anything, by anybody, of which nothing, something or more is wrong.
  func wander() throws {
    if draw.random.once(in: 150) { try refreshTokens() }
    guard let row = draw.random.pick(Row.all) else { return }
    let plan = anyPlan(row)
    let values = parameters(of: row, plan)
    let isOfWorld = zip(row.parameters, values).contains { draw.known.isSeeded($1, of: $0.kind) }
    if !row.isRead, isOfWorld, !draw.random.once(in: 20) { return }
    draw.caller = personas[plan.persona]
    var draft = draft(for: row, values, plan)
    for _ in 0..<draw.random.pick(0, 0, 1, 1, 1, 2, 3) { damage(&draft) }
    restrain(&draft)
    let isElsewhere = draft.values != values.map(\.percentEncoded) || draft.method != row.route.method.rawValue
    guard let answer = try send(draft.message, row), !isElsewhere else { return }
    learn(from: answer, row, values)
  }

  private func anyPlan(_ row: Row) -> Plan {
    var plan = Plan(version: row.api.version(anyVersion(row)))
    plan.persona = draw.random.once(in: 2) ? 0 : draw.random.below(personas.count)
    plan.ids = draw.random.pick(.any, .any, .any, .any, .newest, .own)
    plan.isFresh = row.isOfOne && row.route.method == .put && draw.random.once(in: 2)
    plan.body = draw.random.below(8)
    plan.members = draw.random.pick(.required, .some, .some, .all)
    plan.edges = draw.random.pick(0, 0, 8, 3)
    return plan
  }

  /// Mostly one that has the row.
  private func anyVersion(_ row: Row) -> Version {
    let range = row.route.versions
    let (low, high) = (range.since ?? "2.1", min(range.until ?? newest, newest))
    switch draw.random.below(8) {
    case 0: return low
    case 1, 2: return high
    case 3: return Version(2, 1 + draw.random.below(newest.minor + 3))
    default: return Version(2, low.minor + draw.random.below(max(0, high.minor - low.minor) + 1))
    }
  }

  /// Logs everybody in again: who was, may have been switched off meanwhile. A world without an administrator is left.
  private func refreshTokens() throws {
    for index in personas.indices { try renew(index) }
    try makeSpareToken()
  }

  /// Logs one in again. A world without an administrator is left.
  func renew(_ index: Int) throws {
    if try !logIn(index), index == 0 { try open() }
  }
}

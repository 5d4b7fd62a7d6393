import OpenStackAPI

/// How a request for a row is made.
struct Plan {
  /// Which of those who log in.
  var persona = 0
  var ids = IDChoice.newest
  /// Whether the last parameter is a name that nothing has yet.
  var isFresh = false
  /// Which of the recipe's bodies.
  var body = 0
  var members = Taste.Members.required
  var edges = 0
  /// The version asked for, as text, and what it stands for.
  var version: (text: String, meaning: Version)

  var taste: Taste { Taste(version: version.meaning, members: members, ids: ids, edges: edges) }
}

extension Round {
  /// Makes a request for a row, sends it, and learns from the answer. Whether it succeeded.
  func ask(_ row: Row, _ plan: Plan) throws -> Bool {
    if row.recipe.needsSpareToken { try makeSpareToken() }
    draw.caller = personas[plan.persona]
    let values = parameters(of: row, plan)
    if isOfTheRun(row, values) { return false }
    var draft = draft(for: row, values, plan)
    restrain(&draft)
    let message = draft.message
    guard let answer = try send(message, row) else { return false }
    learn(from: answer, row, values)
    let isSuccess = row.isSuccess(answer.status)
    if !isSuccess { report.miss(row, message, answer, port: server.port) }
    // Whoever lost his token by what he did himself logs in again.
    if answer.status == 401, row.route.access != .open { try renew(plan.persona) }
    return isSuccess
  }

  /// Whether the request would take away what the run needs: a user, project, domain, role ... that the world began with.
  private func isOfTheRun(_ row: Row, _ values: [String]) -> Bool {
    guard let last = row.parameters.last, [.delete, .patch, .put].contains(row.route.method) else { return false }
    if row.isOfOne, row.parameters.count == 1, Row.creators[last.pattern]?.route.method == .post {
      return draw.known.isSeeded(values.last ?? "", of: last.kind)
    }
    guard row.route.method == .delete, row.pattern.contains("/roles/:") else { return false }
    return zip(row.parameters, values).contains { $0.kind == "user" && draw.known.isSeeded($1, of: "user") }
  }

  /// What stands in the path: what goes together where that is known, and else an id of each kind.
  func parameters(of row: Row, _ plan: Plan) -> [String] {
    let all = row.parameters
    if row.recipe.isOfDeleted, let last = all.last, let path = draw.known.deletedPaths(last.pattern).last {
      return path
    }
    var values: [String] = []
    let known = plan.isFresh ? all.dropLast() : all[...]
    for parameter in known.reversed() where plan.ids != .own && row.recipe.parameters[parameter.name] == nil {
      let paths = draw.known.paths(parameter.pattern).filter { mayTake($0, row) }
      guard let path = plan.ids == .any ? draw.random.pick(paths) : paths.last else { continue }
      values = path
      break
    }
    for (index, parameter) in all.enumerated().dropFirst(values.count) {
      values.append(plan.isFresh && index == all.count - 1 ? draw.name() : value(of: parameter, row, plan))
    }
    for (index, parameter) in all.enumerated() where row.recipe.parameters[parameter.name] != nil {
      values[index] = value(of: parameter, row, plan)
    }
    return values
  }

  /// Roles are given to, and taken from, users that the run does not need.
  private func mayTake(_ path: [String], _ row: Row) -> Bool {
    guard !row.isRead, row.pattern.contains("/roles/:") else { return true }
    return !zip(row.parameters, path).contains { $0.kind == "user" && draw.known.isSeeded($1, of: "user") }
  }

  private func value(of parameter: Row.Parameter, _ row: Row, _ plan: Plan) -> String {
    if let names = row.recipe.parameters[parameter.name], let name = draw.random.pick(names) {
      return draw.fill(name, plan.ids)
    }
    if parameter.kind == "user", plan.ids == .newest, row.pattern.contains("/roles/:"),
      let user = draw.known.ids(of: "user").last(where: { !draw.known.isSeeded($0, of: "user") })
    {
      return user
    }
    return draw.id(of: parameter.kind, plan.ids) ?? draw.name()
  }

  /// Takes over what an answer shows.
  func learn(from answer: WireAnswer, _ row: Row, _ values: [String]) {
    guard row.isSuccess(answer.status) else { return }
    if reached.insert(row.name).inserted { report.reach(row) }
    let parameters = row.parameters
    if row.route.method == .delete {
      if row.isOfOne, let last = parameters.last { draw.known.forget(values, at: last.pattern, kind: last.kind) }
      return
    }
    for (index, parameter) in parameters.enumerated() {
      draw.known.learn(Array(values[...index]), at: parameter.pattern)
      draw.known.learn(values[index], of: parameter.kind)
    }
    if let last = row.segments.last, case .literal(let word) = last, word.hasSuffix("_token") {
      draw.known.read(form: String(decoding: answer.body, as: UTF8.self), of: word)
    }
    if row.name.hasSuffix("/export") { archive = answer.body }
    // What the control interface lists is not for requests to change.
    guard !(row.service.controlsWorlds && row.isRead), answer.isJSON, let body = try? JSON(parsing: answer.body) else {
      return
    }
    if row.route.action == nil { learnChildren(body, row, values) }
    if let verifier = body["token"]?["oauth_verifier"]?.text {
      draw.known.note("oauth_verifier", verifier, of: values.last ?? "")
    }
    if !row.service.controlsWorlds { draw.known.read(body) }
  }

  /// What a collection shows leads to paths below it.
  private func learnChildren(_ body: JSON, _ row: Row, _ values: [String]) {
    guard let child = Row.children[row.pattern] else { return }
    for id in Knowledge.shown(in: body, of: child.collection).suffix(20) {
      draw.known.learn(values + [id], at: child.pattern)
      draw.known.learn(id, of: child.kind)
    }
  }
}

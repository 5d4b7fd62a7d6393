import OpenStackAPI

extension Round {
  /// A request that should succeed, as far as the tables and the recipes tell.
  func draft(for row: Row, _ values: [String], _ plan: Plan) -> Draft {
    var draft = Draft(row)
    draft.world = place(of: row)
    draft.values = values.map(\.percentEncoded)
    draft.query = query(of: row, plan)
    if row.route.access != .open || draw.random.once(in: 2) {
      draft.headers.append(("X-Auth-Token", personas[plan.persona].token))
    }
    if row.api.microversions != nil, !plan.version.text.isEmpty { draft.headers.append(header(plan.version.text)) }
    for (name, value) in row.recipe.headers { draft.headers.append((name, draw.fill(value, plan.ids))) }
    draft.body = body(of: row, plan)
    if draft.body != nil { draft.mediaType = row.recipe.mediaType ?? "application/json" }
    return draft
  }

  private func header(_ version: String) -> (String, String) {
    draw.random.once(in: 3)
      ? ("X-OpenStack-Nova-API-Version", version) : ("OpenStack-API-Version", "compute \(version)")
  }

  /// The world. To the one that the round lives in, the control interface may do nothing that would end it.
  private func place(of row: Row) -> String {
    guard row.service.controlsWorlds else { return "/worlds/\(world)" }
    if row.isRead || Self.harmless.contains(row.name), draw.random.once(in: 2) { return "/worlds/\(world)" }
    return draw.random.once(in: 3) ? "" : "/worlds/side"
  }

  private static let harmless: Set = [
    "POST /pocketstack/v1/snapshots", "POST /pocketstack/v1/marks", "DELETE /pocketstack/v1/marks/:name",
    "POST /pocketstack/v1/wait",
  ]

  private func query(of row: Row, _ plan: Plan) -> String? {
    if let query = draw.random.pick(row.recipe.queries) { return draw.fill(query, plan.ids) }
    guard plan.members != .required, let parameters = row.route.query?.parameters, !parameters.isEmpty else {
      return nil
    }
    var pairs: [String] = []
    for _ in 0...draw.random.below(2) {
      if let parameter = draw.random.pick(parameters) { pairs.append(pair(parameter, plan)) }
    }
    return pairs.joined(separator: "&")
  }

  private func pair(_ parameter: QueryParameter, _ plan: Plan) -> String {
    let value = draw.value(of: parameter.schema, named: parameter.name, plan.taste)
    return parameter.name.percentEncoded + "=" + (value.text ?? value.jsonText).percentEncoded
  }

  private func body(of row: Row, _ plan: Plan) -> Draft.Content? {
    if row.isImport { return .bytes(archive) }
    if let form = row.recipe.form { return .bytes(Array(draw.fill(form, plan.ids).utf8)) }
    if !row.recipe.bytes.isEmpty { return .bytes(row.recipe.bytes[plan.body % row.recipe.bytes.count]) }
    return json(of: row, plan).map(Draft.Content.json)
  }

  /// The recipe's body, or one made of the row's schema.
  private func json(of row: Row, _ plan: Plan) -> JSON? {
    let bodies = row.recipe.bodies
    // A bare `nil` would be JSON's.
    let template = bodies.isEmpty ? JSON?.none : bodies[plan.body % bodies.count]
    guard let body = row.route.body else { return template.map { draw.fill($0, plan.ids) } }
    if let template, plan.members != .all || body.isOpaque { return draw.fill(template, plan.ids) }
    if body.isOpaque { return body.root.map { [$0: nil] } ?? draw.random.pick(Draw.typical) }
    return draw.value(of: body.schema, named: body.root ?? "", plan.taste)
  }
}

extension Body {
  /// Whether nothing is declared of what is inside.
  fileprivate var isOpaque: Bool {
    var shape = schema.shape
    if let root, case .object(let properties, _, _) = shape, let property = properties.first(where: { $0.name == root })
    {
      shape = property.schema.shape
    }
    if case .any = shape { return true } else { return false }
  }
}

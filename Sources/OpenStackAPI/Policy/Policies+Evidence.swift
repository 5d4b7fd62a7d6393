extension Policies {
  /// What a rule looked at when it said no: its text, who called with which roles, and what it was done to.
  func evidence(_ name: String, _ caller: Authorization?, _ target: PolicyTarget) -> JSON {
    var evidence = JSONObject([("rule", .string(name)), ("text", text(of: name).map(JSON.string) ?? .null)])
    if let caller {
      evidence["roles"] = .array(caller.roleNames.map(JSON.string))
      evidence["user"] = .string(caller.user.name)
      evidence["scope"] = .string(caller.scopeInWords)
      evidence["takes_scope"] = .bool(takes(caller.scope, name))
    }
    evidence["target"] = .object(
      JSONObject(target.sorted { $0.key < $1.key }.map { (key: $0.key, value: .string($0.value)) }))
    return .object(evidence)
  }
}

extension Authorization {
  /// `project demo`, `domain default`, `system`, `unscoped`.
  public var scopeInWords: String {
    switch scope {
    case .unscoped: "unscoped"
    case .project(let project, _): "project " + project.name
    case .domain(let domain): "domain " + domain.name
    case .system: "system"
    }
  }
}

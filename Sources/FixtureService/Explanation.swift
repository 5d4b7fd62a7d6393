import OpenStackAPI

/// A refusal in a sentence or two, with its values.
struct Explanation {
  let text: String

  init(_ entry: JournalEntry) {
    guard let fault = entry.refusal else {
      text = "It was not refused: the answer was \(entry.status)."
      return
    }
    text = Self.sentence(fault, fault.evidence, entry)
  }

  private static func sentence(_ fault: Fault, _ evidence: JSON, _ entry: JournalEntry) -> String {
    switch fault.reason {
    case .version: version(evidence, entry)
    case .route: route(evidence, entry) ?? "The service has no such path, or not for this caller: \(fault.message)"
    case .syntax: "The request could not be read: \(evidence["error"]?.text ?? fault.message)"
    case .schema: schema(evidence, entry) ?? fault.message
    case .authentication: authentication(evidence) ?? fault.message
    case .policy: policy(evidence) ?? fault.message
    case .quota: quota(evidence) ?? fault.message
    case .state: state(evidence) ?? fault.message
    case .lookup: lookup(evidence) ?? fault.message
    case .conflict: "It collides with what is there: \(fault.message)"
    case .limit: limit(evidence) ?? fault.message
    case .scheduler: "The scheduler placed nothing: \(fault.message) \(values(evidence))"
    case .storage: "The storage could not do it: \(evidence["error"]?.text ?? fault.message)"
    case .internal: "A failure of PocketStack's own: \(evidence["error"]?.text ?? fault.message)"
    case .injected: "A fault made it fail (\(evidence["fault"]?.text ?? "a rule")): \(fault.message)"
    }
  }

  private static func version(_ evidence: JSON, _ entry: JournalEntry) -> String {
    let asked = evidence["asked"]?.text ?? "?"
    if let minimum = evidence["minimum"]?.text, let maximum = evidence["maximum"]?.text {
      return
        "The client asked for microversion \(asked) of \(entry.service), which here goes from \(minimum) to \(maximum)."
    }
    guard let served = evidence["served"]?.array else { return "\(asked) is no microversion, such as 2.1." }
    let ranges = served.map { route in
      let until = route["until"]?.text.map { " until \($0)" } ?? ""
      return "\(route["operation"]?.text ?? "it") exists since \(route["since"]?.text ?? "the beginning")\(until)"
    }
    return "At microversion \(asked) there is no such route: \(ranges.joined(separator: "; "))."
  }

  private static func route(_ evidence: JSON, _ entry: JournalEntry) -> String? {
    if let allowed = evidence["allowed"]?.array {
      return "The path exists, though not for \(entry.method.rawValue); it takes \(list(allowed))."
    }
    if let action = evidence["action"]?.text { return "There is no action \(action) on this path." }
    return entry.route == nil ? "\(entry.service) has no route \(entry.method.rawValue) \(entry.path)." : nil
  }

  private static func schema(_ evidence: JSON, _ entry: JournalEntry) -> String? {
    guard let place = evidence["place"]?.text, let rule = evidence["rule"]?.text else { return nil }
    let path = evidence["path"]?.text ?? ""
    let version = entry.version == nil ? "" : " at microversion \(evidence["version"]?.text ?? "")"
    return "The \(place) breaks the schema of \(entry.route?.operation ?? "the route")\(version)"
      + (path.isEmpty ? ": \(rule)." : ", in \(path): \(rule).")
  }

  private static func authentication(_ evidence: JSON) -> String? {
    if let login = evidence["login"]?.text {
      return "The login failed: \(login) \(evidence["name"]?.text ?? "") \(evidence["finding"]?.text ?? "")."
    }
    guard let token = evidence["token"]?.text else { return nil }
    return token == "missing" ? "The request carries no X-Auth-Token." : "The token is \(token)."
  }

  private static func policy(_ evidence: JSON) -> String? {
    guard let rule = evidence["rule"]?.text else { return nil }
    let caller =
      "\(evidence["user"]?.text ?? "nobody") with \(list(evidence["roles"]?.array ?? [])) in \(evidence["scope"]?.text ?? "no scope")"
    if evidence["takes_scope"]?.bool == false { return "The rule \(rule) takes no token of this scope: \(caller)." }
    return "The rule \(rule), \"\(evidence["text"]?.text ?? "")\", does not hold for \(caller) "
      + "and the target \(evidence["target"]?.jsonText ?? "{}")."
  }

  private static func quota(_ evidence: JSON) -> String? {
    guard let exceeded = evidence["exceeded"]?.array else { return nil }
    let parts = exceeded.map { part in
      let limit = part["limit"]?.integer.map { " of \($0)" } ?? ""
      return "\(part["resource"]?.text ?? ""): \(part["used"]?.integer ?? 0)\(limit) used, "
        + "\(part["requested"]?.integer ?? 0) more requested"
    }
    let cause = evidence["by_fault"]?.bool == true ? " A fault counts all of it as used." : ""
    return "The quota is exhausted. " + parts.joined(separator: "; ") + "." + cause
  }

  private static func state(_ evidence: JSON) -> String? {
    if let locker = evidence["locked_by"] { return "The server is locked by \(locker.text ?? "somebody")." }
    guard let vm = evidence["vm_state"]?.text else { return nil }
    let tasks = evidence["allowed_task_states"]?.array ?? []
    return "The server is in vm_state \(vm), task_state \(evidence["task_state"]?.text ?? "none"); this begins in "
      + "vm_state \(list(evidence["allowed_vm_states"]?.array ?? [])) and task_state \(list(["none"] + tasks))."
  }

  private static func lookup(_ evidence: JSON) -> String? {
    guard let path = evidence["path"]?.object, !path.members.isEmpty else { return nil }
    let names = path.members.map { "\($0.key) \($0.value.text ?? "")" }
    return "The caller can see nothing of \(names.joined(separator: ", "))."
  }

  private static func limit(_ evidence: JSON) -> String? {
    evidence["maximum"]?.integer.map { "The body is longer than the \($0) bytes that are allowed." }
  }

  private static func values(_ evidence: JSON) -> String { evidence.isNull ? "" : "(\(evidence.jsonText))" }

  private static func list(_ values: [JSON]) -> String { values.compactMap(\.text).joined(separator: ", ") }
}

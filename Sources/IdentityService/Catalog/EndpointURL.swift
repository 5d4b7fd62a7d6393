/// The address of an endpoint with places for what only a token knows: `$(project_id)s` and the older
/// `%(tenant_id)s`.
///
/// Source: keystone.common.utils, format_url and check_endpoint_url: Python's formatting with `%`, of five names.
struct EndpointURL: Sendable {
  enum Part: Sendable, Equatable {
    case text(String)
    case project
    case user
    /// A name that may stand there and that nothing is known for.
    case unknown
  }

  let parts: [Part]

  /// Reads a template; `nil` for a malformed one.
  init?(_ template: String) {
    var parts: [Part] = []
    var text = ""
    var rest = Substring(template.replacing("$(", with: "%("))
    while let percent = rest.firstIndex(of: "%") {
      text += rest[..<percent]
      rest = rest[rest.index(after: percent)...]
      if rest.hasPrefix("%") {
        text += "%"
        rest.removeFirst()
      } else {
        guard rest.hasPrefix("("), let end = rest.firstIndex(of: ")"),
          let part = Self.part(rest[..<end].dropFirst()), rest[rest.index(after: end)...].hasPrefix("s")
        else { return nil }
        parts += [.text(text), part]
        text = ""
        rest = rest[end...].dropFirst(2)
      }
    }
    text += rest
    self.parts = (parts + [.text(text)]).filter { $0 != .text("") }
  }

  private static func part(_ name: Substring) -> Part? {
    switch name {
    case "tenant_id", "project_id": .project
    case "user_id": .user
    // Keystone's option of that name, which has no default.
    case "public_endpoint": .text("None")
    case "compute_host": .unknown
    default: nil
    }
  }

  /// The address for a caller; `nil` where it needs what the caller has not.
  func text(projectID: String?, userID: String) -> String? {
    if parts.count == 1, case .text(let text) = parts[0] { return text }
    var address = ""
    for part in parts {
      switch part {
      case .text(let text): address += text
      case .user: address += userID
      case .project:
        guard let projectID else { return nil }
        address += projectID
      case .unknown: return nil
      }
    }
    return address
  }

  /// Whether an address is one of the cloud's own services: a path that follows the address of the client.
  static func isPath(_ url: String) -> Bool { url.hasPrefix("/") }
}

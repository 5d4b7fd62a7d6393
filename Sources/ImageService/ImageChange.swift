import OpenStackAPI

/// One step of a PATCH: what is done to which member.
struct ImageChange: Sendable {
  enum Operation: String, CaseIterable, Sendable {
    case add, remove, replace
  }

  /// The two dialects of JSON patch that Glance speaks, by their media types.
  enum Dialect: String, CaseIterable, Sendable {
    /// `{"replace": "/name", "value": "x"}` (draft 4)
    case v20 = "application/openstack-images-v2.0-json-patch"
    /// `{"op": "replace", "path": "/name", "value": "x"}` (draft 10, now RFC 6902)
    case v21 = "application/openstack-images-v2.1-json-patch"
  }

  let dialect: Dialect
  let operation: Operation
  /// The member's name.
  let name: String
  /// Where in the member's list, of a single location.
  let position: String?
  /// The new value; `null` for a removal.
  let value: JSON

  /// Reads the body of a PATCH, all of it before anything is done.
  static func list(_ body: JSON, _ dialect: Dialect) throws(Fault) -> [ImageChange] {
    guard body.array != nil || body.object != nil else { throw Fault.notListOrObject }
    guard let steps = body.array else {
      throw .badRequest("Request body must be a JSON array of operation objects.")
    }
    var changes: [ImageChange] = []
    for step in steps { changes.append(try ImageChange(step, dialect)) }
    return changes
  }

  private init(_ step: JSON, _ dialect: Dialect) throws(Fault) {
    guard let step = step.object else { throw .badRequest("Operations must be JSON objects.") }
    let (operation, pointer) = try dialect == .v21 ? Self.draft10(step) : Self.draft4(step)
    let path = try JSONPointer(pointer).elements
    (self.dialect, self.operation, name) = (dialect, operation, path[0])
    position = path.count > 1 ? path[1] : nil
    try Self.refuseDepth(path, operation)
    guard operation != .remove else {
      value = .null
      try ImageAttribute.refuseChange(of: name)
      return
    }
    guard let given = step["value"] else {
      throw .badRequest("Operation \"\(operation.rawValue)\" requires a member named \"value\".")
    }
    value = given
    try ImageAttribute.refuseChange(of: name)
    try ImageSchemas.image.validate([name: path.count > 1 ? .array([value]) : value])
  }

  private static let operations = "add, remove, replace"

  private static func draft10(_ step: JSONObject) throws(Fault) -> (Operation, JSON) {
    guard let given = step["op"], !given.isNull else {
      throw .badRequest(
        "Unable to find `op` in JSON Schema change. It must be one of the following: \(operations).")
    }
    guard let operation = given.text.flatMap(Operation.init) else {
      throw .badRequest(
        "Invalid operation: `\(given.pythonText)`. It must be one of the following: \(operations).")
    }
    guard let path = step["path"] else { throw .badRequest("Unable to find 'path' in JSON Schema change") }
    return (operation, path)
  }

  private static func draft4(_ step: JSONObject) throws(Fault) -> (Operation, JSON) {
    let named = Operation.allCases.compactMap { operation in step[operation.rawValue].map { (operation, $0) } }
    guard named.count == 1 else {
      throw .badRequest(
        "Operation objects must contain \(named.isEmpty ? "exactly" : "only") one member named \"add\", \"remove\", "
          + "or \"replace\".")
    }
    return named[0]
  }

  /// Only a single location may be added or removed; everything else is changed as a whole.
  private static func refuseDepth(_ path: [String], _ operation: Operation) throws(Fault) {
    guard path.count != (path[0] == "locations" && operation != .replace ? 2 : 1) else { return }
    throw .badRequest("Invalid JSON pointer for this resource: '/\(path.joined(separator: "/"))'")
  }
}

/// A JSON pointer in the limited form that Glance takes.
struct JSONPointer {
  let elements: [String]

  init(_ pointer: JSON) throws(Fault) {
    guard let text = pointer.text, text.hasPrefix("/") else {
      throw .badRequest("Pointer `\(pointer.pythonText)` does not start with \"/\".")
    }
    // Any number of slashes begins a pointer (glance/api/v2/images.py, `_decode_json_pointer`).
    let parts = text.drop { $0 == "/" }.split(separator: "/", omittingEmptySubsequences: false)
    let raw = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    guard !raw.dropFirst().dropLast().contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw .badRequest("Pointer `\(text)` contains adjacent \"/\".")
    }
    guard text.count == 1 || !text.hasSuffix("/") else { throw .badRequest("Pointer `\(text)` end with \"/\".") }
    var elements: [String] = []
    for part in parts { elements.append(try Self.unescaped(part, in: text)) }
    self.elements = elements
  }

  /// `~1` stands for `/`, `~0` for `~`; no other escape is known.
  private static func unescaped(_ part: Substring, in pointer: String) throws(Fault) -> String {
    var text = ""
    var rest = part[...]
    while let character = rest.popFirst() {
      guard character == "~" else {
        text.append(character)
        continue
      }
      switch rest.popFirst() {
      case "0": text.append("~")
      case "1": text.append("/")
      default: throw .badRequest("Pointer `\(pointer)` contains \"~\" not part of a recognized escape sequence.")
      }
    }
    return text.trimmed
  }
}

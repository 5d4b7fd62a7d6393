import OpenStackAPI

/// Checks values against the part of JSON Schema (draft 4) that Glance's documents use.
struct SchemaValidator {
  private let root: JSON

  init(root: JSON) { self.root = root }

  /// What is said of a value: of all that is wrong, the first of what python-jsonschema finds best (`best_match`).
  func failure(in value: JSON) -> SchemaFailure? {
    var failures: [SchemaFailure] = []
    collect(&failures, value, root, SchemaPlace())
    return failures.dropFirst().reduce(failures.first) { best, next in
      best.map { next.isMoreRelevant(than: $0) ? next : $0 }
    }
  }

  private func collect(_ failures: inout [SchemaFailure], _ value: JSON, _ schema: JSON, _ place: SchemaPlace) {
    guard let rules = schema.object else { return }
    if let target = rules["$ref"]?.text { return collect(&failures, value, resolve(target), place.down("$ref")) }
    for (keyword, rule) in rules.members {
      if let message = Self.message(keyword, rule, value, rules) {
        failures.append(
          SchemaFailure(message: message, keyword: keyword, schema: schema, value: value, place: place))
      }
      descend(&failures, keyword, rule, value, rules, place)
    }
  }

  /// Documents refer to nothing but their own definitions.
  private func resolve(_ target: String) -> JSON {
    target.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? .null }
  }

  /// Looks into the members of an object and the elements of an array.
  private func descend(
    _ failures: inout [SchemaFailure], _ keyword: String, _ rule: JSON, _ value: JSON, _ rules: JSONObject,
    _ place: SchemaPlace
  ) {
    switch (keyword, value) {
    case ("allOf", _):
      for (index, schema) in (rule.array ?? []).enumerated() {
        collect(&failures, value, schema, place.down(keyword).down(String(index)))
      }
    case ("properties", .object(let object)):
      for (name, schema) in rule.object?.members ?? [] {
        guard let member = object[name] else { continue }
        collect(&failures, member, schema, place.down(keyword).down(name).into("'\(name)'"))
      }
    case ("additionalProperties", .object(let object)):
      for (name, member) in object.members where rules["properties"]?[name] == nil {
        collect(&failures, member, rule, place.down(keyword).into("'\(name)'"))
      }
    case ("items", .array(let elements)):
      for (index, element) in elements.enumerated() {
        collect(&failures, element, rule, place.down(keyword).into(String(index)))
      }
    default: break
    }
  }
}

extension SchemaValidator {
  /// What one keyword says against a value itself, in python-jsonschema's words.
  private static func message(_ keyword: String, _ rule: JSON, _ value: JSON, _ rules: JSONObject) -> String? {
    // Only a refusal says what the value is.
    var shown: String { value.pythonRepresentation }
    switch keyword {
    case "type":
      let types = rule.array ?? [rule]
      guard !types.contains(where: value.isOf) else { return nil }
      return "\(shown) is not of type \(types.map(\.pythonRepresentation).joined(separator: ", "))"
    case "enum":
      return rule.array?.contains(value) == false ? "\(shown) is not one of \(rule.pythonRepresentation)" : nil
    case "pattern":
      guard let text = value.text, let pattern = rule.text, !matches(text, pattern) else { return nil }
      return "\(shown) does not match \(rule.pythonRepresentation)"
    case "required":
      let missing = (rule.array ?? []).first { name in value.object.map { $0[name.text ?? ""] == nil } ?? false }
      return missing.map { "\($0.pythonRepresentation) is a required property" }
    case "dependentRequired": return missingDependency(of: value, rule)
    case "uniqueItems" where rule == true:
      let elements = value.array ?? []
      return Set(elements).count < elements.count ? "\(shown) has non-unique elements" : nil
    case "additionalProperties": return rule == false ? unexpected(value, rules) : nil
    default: return size(keyword, rule, value).map { "\(shown) \($0)" }
    }
  }

  private static func missingDependency(of value: JSON, _ rule: JSON) -> String? {
    for (name, needed) in rule.object?.members ?? [] where value[name] != nil {
      let missing = (needed.array ?? []).first { $0.text.map { value[$0] == nil } ?? false }
      if let missing { return "\(missing.pythonRepresentation) is a dependency of \(JSON.quoted(name))" }
    }
    return nil
  }

  private static func size(_ keyword: String, _ rule: JSON, _ value: JSON) -> String? {
    guard let bound = rule.integer else { return nil }
    switch (keyword, value) {
    case ("maxLength", .string(let text)): return text.unicodeScalars.count > bound ? "is too long" : nil
    case ("minLength", .string(let text)): return text.unicodeScalars.count < bound ? "is too short" : nil
    case ("maxItems", .array(let elements)): return elements.count > bound ? "is too long" : nil
    case ("minItems", .array(let elements)): return elements.count < bound ? "is too short" : nil
    case ("minimum", .integer(let number)): return number < bound ? "is less than the minimum of \(bound)" : nil
    default: return nil
    }
  }

  private static func unexpected(_ value: JSON, _ rules: JSONObject) -> String? {
    let names = (value.object?.keys ?? []).filter { rules["properties"]?[$0] == nil }
    guard !names.isEmpty else { return nil }
    let list = names.map(JSON.quoted).joined(separator: ", ")
    return "Additional properties are not allowed (\(list) \(names.count == 1 ? "was" : "were") unexpected)"
  }

  /// The one pattern in Glance's documents is that of a UUID with dashes.
  static let uuid =
    "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    guard pattern == uuid else { return true }
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    return groups.map(\.count) == [8, 4, 4, 4, 12] && StringFormat.isUUID(text)
  }
}

/// Where in a schema a check stands, and where in the value.
struct SchemaPlace {
  var schemaPath: [String] = []
  var valuePath: [String] = []

  func down(_ keyword: String) -> SchemaPlace {
    SchemaPlace(schemaPath: schemaPath + ["'\(keyword)'"], valuePath: valuePath)
  }

  func into(_ index: String) -> SchemaPlace { SchemaPlace(schemaPath: schemaPath, valuePath: valuePath + [index]) }
}

/// What is wrong with a value, as python-jsonschema prints it.
struct SchemaFailure {
  let message: String
  let keyword: String
  let schema: JSON
  let value: JSON
  let place: SchemaPlace

  var text: String {
    let schemaPlace = place.schemaPath.map { "[\($0)]" }.joined()
    let valuePlace = place.valuePath.map { "[\($0)]" }.joined()
    return """
      \(message)

      Failed validating '\(keyword)' in schema\(schemaPlace):
          \(schema.pythonLayout(indent: 4))

      On instance\(valuePlace):
          \(value.pythonLayout(indent: 4))
      """
  }
}

extension SchemaFailure {
  /// Whether the failure is nearer to the top of the value, or else comes later among its neighbours by name; of the
  /// same place, whether the type is wrong too.
  fileprivate func isMoreRelevant(than other: SchemaFailure) -> Bool {
    let (mine, others) = (place.valuePath, other.place.valuePath)
    guard mine.count == others.count else { return mine.count < others.count }
    guard mine == others else { return others.lexicographicallyPrecedes(mine, by: Self.precedes) }
    return !isOfType && other.isOfType
  }

  private var isOfType: Bool { schema["type"].map { ($0.array ?? [$0]).contains(where: value.isOf) } ?? false }

  /// Places in lists go by number, names by their letters.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    if let a = Int(a), let b = Int(b) { return a < b }
    return a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars)
  }
}

extension JSON {
  /// Whether the value is of a type, as JSON Schema counts: an integer is a number, and `1.0` is an integer.
  fileprivate func isOf(type: JSON) -> Bool {
    type.text == typeName || type == "number" && typeName == "integer" || type == "integer" && exactInteger != nil
  }

  /// The value as Python's `pprint` lays it out in 72 columns: on one line if it fits, else a line for each element.
  fileprivate func pythonLayout(indent: Int, column: Int = 0) -> String {
    guard isLonger(than: 72 - column) else { return pythonRepresentation }
    let separator = ",\n" + String(repeating: " ", count: indent + column + 1)
    switch self {
    case .array(let elements):
      return "[" + elements.map { $0.pythonLayout(indent: indent, column: column + 1) }.joined(separator: separator)
        + "]"
    case .object(let object):
      let members = object.members.map { key, value in
        let name = JSON.quoted(key) + ": "
        return name + value.pythonLayout(indent: indent, column: column + 1 + name.count)
      }
      return "{" + members.joined(separator: separator) + "}"
    default: return pythonRepresentation
    }
  }

  /// Whether Python prints more characters than a number of them. What is much longer is not printed to be counted.
  private func isLonger(than most: Int) -> Bool {
    var left = most
    return !fits(&left) || pythonRepresentation.count > most
  }

  /// Takes from `left` what the value takes at least; false where that is more.
  private func fits(_ left: inout Int) -> Bool {
    switch self {
    case .string(let text): left -= text.unicodeScalars.count
    case .array(let elements):
      for element in elements where !element.fits(&left) { return false }
    case .object(let object):
      for (key, value) in object.members {
        left -= key.unicodeScalars.count
        guard value.fits(&left) else { return false }
      }
    default: left -= 1
    }
    return left >= 0
  }
}

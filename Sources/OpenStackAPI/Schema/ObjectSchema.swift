/// A member of an object in a request: its name, what it must look like, the versions that know it, and whether it may
/// be left out.
public struct Property: Sendable {
  /// The member's name.
  public let name: String
  package let schema: Schema
  package let versions: VersionRange
  let required: Requirement

  /// Whether a member may be left out.
  public enum Requirement: Sendable {
    case optional
    case required
    /// It became mandatory.
    case requiredSince(Version)
  }

  /// A member.
  public init(
    _ name: String, _ schema: Schema, since: Version? = nil, until: Version? = nil, _ required: Requirement = .optional
  ) {
    (self.name, self.schema, self.required) = (name, schema, required)
    versions = VersionRange(since: since, until: until)
  }

  package func isRequired(at version: Version) -> Bool {
    switch required {
    case .optional: false
    case .required: versions.contains(version)
    case .requiredSince(let since): version >= since
    }
  }
}

/// What happens to members that no property names.
public enum AdditionalProperties: Sendable {
  /// They are refused.
  case refused
  /// They are taken as they are.
  case allowed
  /// They must satisfy a schema, and their names a form.
  case matching(Schema, name: StringFormat? = nil)
}

extension Schema {
  /// An object with certain members.
  public static func object(
    _ properties: [Property], additional: AdditionalProperties = .refused, atMost: Int = Int.max, atLeast: Int = 0
  ) -> Schema {
    Schema(
      .object(properties, additional, atLeast: atLeast), strip: { stripped($0, properties, additional, $1) }
    ) { value, version in
      guard let object = value.object else {
        return Violation(value, "\(value.pythonRepresentation) is not of type 'object'")
      }
      let known = properties.filter { $0.versions.contains(version) }
      return violation(of: object, known, version) ?? missing(known, in: object, version)
        ?? unexpected(in: object, known, additional, version) ?? size(object, atLeast, atMost)
    }
  }

  private static func stripped(
    _ value: JSON, _ properties: [Property], _ additional: AdditionalProperties, _ version: Version
  ) -> JSON {
    guard let object = value.object else { return value }
    var isStrict = false
    if case .refused = additional { isStrict = true }
    let kept = object.members.compactMap { member -> (key: String, value: JSON)? in
      let known = properties.first { $0.name == member.key && $0.versions.contains(version) }
      guard let known else { return isStrict ? nil : member }
      return (member.key, known.schema.strip(member.value, version))
    }
    return .object(JSONObject(kept))
  }

  /// An object that maps names of the client's choice to values of one kind.
  public static func map(_ element: Schema, name: StringFormat? = nil, atMost: Int = Int.max) -> Schema {
    object([], additional: .matching(element, name: name), atMost: atMost)
  }

  private static func violation(of object: JSONObject, _ known: [Property], _ version: Version) -> Violation? {
    for property in known {
      if let value = object[property.name], let violation = property.schema.check(value, version) {
        return violation.inside(property.name)
      }
    }
    return nil
  }

  private static func missing(_ known: [Property], in object: JSONObject, _ version: Version) -> Violation? {
    let missing = known.first { $0.isRequired(at: version) && object[$0.name] == nil }
    return missing.map { Violation(.object(object), "\(JSON.quoted($0.name)) is a required property") }
  }

  private static func unexpected(
    in object: JSONObject, _ known: [Property], _ additional: AdditionalProperties, _ version: Version
  ) -> Violation? {
    let others = object.members.filter { member in !known.contains { $0.name == member.key } }
    switch additional {
    case .allowed: return nil
    case .refused:
      guard !others.isEmpty else { return nil }
      let names = others.map(\.key).sorted().map(JSON.quoted).joined(separator: ", ")
      return Violation(
        .object(object),
        "Additional properties are not allowed (\(names) \(others.count == 1 ? "was" : "were") unexpected)")
    case .matching(let schema, let format):
      for (name, value) in others where format?.holds(name) ?? true {
        if let violation = schema.check(value, version) { return violation.inside(name) }
      }
      return format.flatMap { misnamed(others.map(\.key), in: object, $0) }
    }
  }

  private static func misnamed(_ names: [String], in object: JSONObject, _ format: StringFormat) -> Violation? {
    let wrong = names.filter { !format.holds($0) }.sorted()
    guard !wrong.isEmpty else { return nil }
    let list = wrong.map(JSON.quoted).joined(separator: ", ")
    let regexes = JSON.quoted(format.pattern ?? "")
    return Violation(
      .object(object), "\(list) \(wrong.count == 1 ? "does" : "do") not match any of the regexes: \(regexes)")
  }

  private static func size(_ object: JSONObject, _ atLeast: Int, _ atMost: Int) -> Violation? {
    let python = JSON.object(object).pythonRepresentation
    if object.members.count < atLeast {
      let lack = atLeast == 1 ? "should be non-empty" : "does not have enough properties"
      return Violation(.object(object), "\(python) \(lack)")
    }
    return object.members.count > atMost ? Violation(.object(object), "\(python) has too many properties") : nil
  }
}

extension Property {
  /// A string member.
  public static func string(
    _ name: String, _ length: ClosedRange<Int> = 0...Int.max, in words: [String] = [], format: StringFormat? = nil,
    since: Version? = nil, until: Version? = nil, _ required: Requirement = .optional
  ) -> Property {
    Property(name, .string(length, in: words, format: format), since: since, until: until, required)
  }

  /// A whole number member, also as a string of digits.
  public static func integer(
    _ name: String, _ range: ClosedRange<Int> = Int.min...Int.max, since: Version? = nil, until: Version? = nil,
    _ required: Requirement = .optional
  ) -> Property {
    Property(name, .integerOrDigits(range), since: since, until: until, required)
  }

  /// A truth value member.
  public static func truth(
    _ name: String, since: Version? = nil, until: Version? = nil, _ required: Requirement = .optional
  ) -> Property {
    Property(name, .truth, since: since, until: until, required)
  }
}

/// The body of a request: one object around one named member, as nearly all of OpenStack's are.
public struct Body: Sendable {
  /// The member's name (`server` in `{"server": {...}}`), or `nil` for a body without such a wrapper.
  public let root: String?
  package let schema: Schema

  /// A body `{root: {properties}}`.
  public init(_ root: String, _ properties: [Property], additional: AdditionalProperties = .refused) {
    self.init(root, .object(properties, additional: additional))
  }

  /// A body `{root: value}`.
  public init(_ root: String, _ schema: Schema, alongside: [Property] = [], additional: AdditionalProperties = .refused)
  {
    self.root = root
    self.schema = .object([Property(root, schema, .required)] + alongside, additional: additional)
  }

  /// A body without a wrapper.
  public init(unwrapped schema: Schema) {
    root = nil
    self.schema = schema
  }

  /// Any body at all, or none: what the upstream service does not look at.
  public static let unchecked = Body(unwrapped: .any)

  /// Whether the request may come without a body.
  var isOptional: Bool { root == nil }
}

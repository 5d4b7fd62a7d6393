/// What a value of a request must look like. The checks and their messages are those of JSON Schema as the upstream
/// services' validator (python-jsonschema, draft 4) words them, so that a client reads the same refusal.
public struct Schema: Sendable {
  /// Finds the first thing wrong with a value at a version, or nothing.
  public let check: @Sendable (JSON, Version) -> Violation?
  /// A value as APIs take it that are lenient: without the members that a version does not know, wherever these would
  /// be refused, and without the blanks around names.
  public let strip: @Sendable (JSON, Version) -> JSON
  /// What it takes, for those who make values of it.
  package let shape: Shape

  /// A check of one's own, for a rule that several routes share.
  public init(
    strip: @escaping @Sendable (JSON, Version) -> JSON = { value, _ in value },
    _ check: @escaping @Sendable (JSON, Version) -> Violation?
  ) {
    self.init(.opaque, strip: strip, check)
  }

  init(
    _ shape: Shape, strip: @escaping @Sendable (JSON, Version) -> JSON = { value, _ in value },
    _ check: @escaping @Sendable (JSON, Version) -> Violation?
  ) {
    (self.shape, self.check, self.strip) = (shape, check, strip)
  }
}

/// What is wrong with a value, and where.
public struct Violation: Error, Sendable, Equatable {
  /// The members and indexes that lead to the value, outermost first.
  public var path: [String]
  /// The value found there.
  public let value: JSON
  /// The rule it breaks, in the validator's words.
  public let detail: String
  /// Whether `detail` says it all, so that no dialect puts the place and the value before it.
  public let isWholeMessage: Bool

  /// A broken rule.
  public init(_ value: JSON, _ detail: String, path: [String] = [], isWholeMessage: Bool = false) {
    (self.value, self.detail, self.path, self.isWholeMessage) = (value, detail, path, isWholeMessage)
  }

  /// The same violation seen from one level further out.
  func inside(_ element: String) -> Violation {
    Violation(value, detail, path: [element] + path, isWholeMessage: isWholeMessage)
  }

  fileprivate static func notOfType(_ value: JSON, _ types: String) -> Violation {
    Violation(value, "\(value.pythonRepresentation) is not of type \(types)")
  }
}

extension Schema {
  /// Any value.
  public static let any = Schema(.any) { _, _ in nil }

  /// The schema of a version, where more of it moved than properties.
  public static func byVersion(_ choose: @escaping @Sendable (Version) -> Schema) -> Schema {
    Schema(.byVersion(choose), strip: { choose($1).strip($0, $1) }) { choose($1).check($0, $1) }
  }

  /// This schema, and a rule for what satisfies it.
  public func and(_ rule: @escaping @Sendable (JSON, Version) -> Violation?) -> Schema {
    Schema(shape, strip: strip) { check($0, $1) ?? rule($0, $1) }
  }

  /// A string of a length in characters, of certain words, or of a form.
  public static func string(
    _ length: ClosedRange<Int> = 0...Int.max, in words: [String] = [], format: StringFormat? = nil
  ) -> Schema {
    Schema(
      .string(length, words, format),
      strip: { value, _ in format?.isTrimmedIfLenient == true ? value.text.map { .string($0.trimmed) } ?? value : value
      }
    ) { value, _ in
      guard let text = value.text else { return .notOfType(value, "'string'") }
      return violation(of: text, value, length: length, words: words, format: format)
    }
  }

  private static func violation(
    of text: String, _ value: JSON, length: ClosedRange<Int>, words: [String], format: StringFormat?
  ) -> Violation? {
    let count = text.unicodeScalars.count
    if count < length.lowerBound {
      return Violation(
        value, length.lowerBound == 1 ? "\(JSON.quoted(text)) should be non-empty" : "\(JSON.quoted(text)) is too short"
      )
    }
    if count > length.upperBound { return Violation(value, "\(JSON.quoted(text)) is too long") }
    if !words.isEmpty, !words.contains(text) {
      return Violation(
        value, "\(JSON.quoted(text)) is not one of \(JSON.array(words.map(JSON.string)).pythonRepresentation)")
    }
    return format.flatMap {
      $0.holds(text) ? nil : Violation(value, $0.message(text), isWholeMessage: $0.isWholeMessage)
    }
  }

  /// A whole number in a range.
  public static func integer(_ range: ClosedRange<Int> = Int.min...Int.max) -> Schema {
    Schema(.integer(range)) { value, _ in
      switch value {
      case .integer(let number): violation(of: number, value, range)
      case .bigInteger(let digits): violation(of: digits, value, range)
      default: .notOfType(value, "'integer'")
      }
    }
  }

  /// A whole number, or a string of digits, in a range: how Nova has always taken numbers. `digits` is the pattern that
  /// the upstream schema gives; the refusal quotes it.
  public static func integerOrDigits(_ range: ClosedRange<Int> = Int.min...Int.max, digits: String? = nil) -> Schema {
    let pattern = digits ?? (range.lowerBound < 0 ? "^-?[0-9]+$" : "^[0-9]+$")
    return Schema(.integer(range)) { value, version in
      switch value {
      case .integer, .bigInteger: return integer(range).check(value, version)
      case .string(let text):
        let unsigned = range.lowerBound < 0 && text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !unsigned.isEmpty, unsigned.utf8.allSatisfy({ (48...57).contains($0) }) else {
          return Violation(
            value,
            text.isEmpty && pattern.hasSuffix("*$")
              ? "'' should be non-empty" : "\(JSON.quoted(text)) does not match '\(pattern)'")
        }
        return integer(range).check(Int(text).map(JSON.integer) ?? .bigInteger(text), version).map {
          Violation(value, $0.detail)
        }
      default: return .notOfType(value, "'integer', 'string'")
      }
    }
  }

  private static func violation(of number: Int, _ value: JSON, _ range: ClosedRange<Int>) -> Violation? {
    if number < range.lowerBound {
      return Violation(value, "\(number) is less than the minimum of \(range.lowerBound)")
    }
    if number > range.upperBound {
      return Violation(value, "\(number) is greater than the maximum of \(range.upperBound)")
    }
    return nil
  }

  /// A number beyond 64 bits is out of every range that has an end on its side.
  private static func violation(of digits: String, _ value: JSON, _ range: ClosedRange<Int>) -> Violation? {
    if digits.hasPrefix("-") {
      return range.lowerBound == Int.min
        ? nil : Violation(value, "\(digits) is less than the minimum of \(range.lowerBound)")
    }
    return range.upperBound == Int.max
      ? nil : Violation(value, "\(digits) is greater than the maximum of \(range.upperBound)")
  }

  /// `null`.
  public static let null = Schema(.words([nil])) { value, _ in value.isNull ? nil : .notOfType(value, "'null'") }

  /// A value of one of several of JSON Schema's types, each with a rule of its own; the refusal of another lists them.
  public static func typed(_ types: [(name: String, schema: Schema)]) -> Schema {
    let names = types.map { "'\($0.name)'" }.joined(separator: ", ")
    return Schema(.anyOf(types.map(\.schema))) { value, version in
      guard let type = types.first(where: { $0.name == value.typeName }) else { return .notOfType(value, names) }
      return type.schema.check(value, version)
    }
  }

  /// `true` or `false`, and no other spelling.
  public static let boolean = Schema(.words([true, false])) { value, _ in
    value.bool == nil ? .notOfType(value, "'boolean'") : nil
  }

  /// A truth value in any of the spellings that oslo.utils takes; `null` is none of them.
  public static let truth = Schema(.words(JSON.truthSpellings.array ?? [])) { value, _ in
    guard value.bool != nil || value.text != nil else { return .notOfType(value, "'boolean', 'string'") }
    return value.truth == nil
      ? Violation(value, "\(value.pythonRepresentation) is not one of \(JSON.truthSpellings.pythonRepresentation)")
      : nil
  }

  /// A value that satisfies at least one of several schemas.
  public static func anyOf(_ schemas: [Schema]) -> Schema {
    Schema(
      .anyOf(schemas),
      strip: { value, version in
        schemas.lazy.map { ($0, $0.strip(value, version)) }.first { $0.check($1, version) == nil }?.1 ?? value
      }
    ) { value, version in
      schemas.contains { $0.check(value, version) == nil }
        ? nil
        : Violation(value, "\(value.pythonRepresentation) is not valid under any of the given schemas")
    }
  }

  /// This schema, or `null`.
  public var orNull: Schema {
    Schema(.anyOf([self, .null]), strip: strip) { value, version in
      guard !value.isNull, let violation = check(value, version) else { return nil }
      guard violation.path.isEmpty, violation.detail.contains(" is not of type '") else { return violation }
      return Violation(value, violation.detail + ", 'null'")
    }
  }

  /// An array of elements that all satisfy one schema.
  public static func array(_ element: Schema, count: ClosedRange<Int> = 0...Int.max, unique: Bool = false) -> Schema {
    Schema(
      .array(element, count),
      strip: { value, version in value.array.map { .array($0.map { element.strip($0, version) }) } ?? value }
    ) { value, version in
      guard let elements = value.array else { return .notOfType(value, "'array'") }
      for (index, item) in elements.enumerated() {
        if let violation = element.check(item, version) { return violation.inside(String(index)) }
      }
      let python = value.pythonRepresentation
      if elements.count < count.lowerBound {
        return Violation(value, count.lowerBound == 1 ? "\(python) should be non-empty" : "\(python) is too short")
      }
      if elements.count > count.upperBound { return Violation(value, "\(python) is too long") }
      if unique, Set(elements).count < elements.count { return Violation(value, "\(python) has non-unique elements") }
      return nil
    }
  }
}

extension JSON {
  /// The spellings of a truth value that Nova's `boolean` parameter type takes.
  static let truthSpellings: JSON = [
    true, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes",
    false, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no",
  ]

  /// The truth value that one of those spellings stands for.
  public var truth: Bool? {
    switch self {
    case .bool(let value): value
    case .string(let text):
      Self.truthSpellings.array?.contains(self) == true
        ? ["true", "1", "on", "yes"].contains(text.lowercased()) : nil
    default: nil
    }
  }

  /// The number in an integer or in a string of digits; one beyond 64 bits is the nearest that fits.
  public var wholeNumber: Int? {
    switch self {
    case .integer(let number): number
    case .bigInteger(let digits): digits.hasPrefix("-") ? Int.min : Int.max
    case .string(let text): Int(saturating: text)
    default: nil
    }
  }
}

extension Int {
  /// The number that a text spells; the largest there is for more digits than 64 bits hold.
  public init?(saturating text: some StringProtocol) {
    guard let number = Int(text) ?? (text.utf8.allSatisfy { (48...57).contains($0) } && !text.isEmpty ? .max : nil)
    else { return nil }
    self = number
  }
}

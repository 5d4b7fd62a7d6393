/// A form that a string must have, with the words that refuse another.
public struct StringFormat: Sendable {
  let holds: @Sendable (String) -> Bool
  let message: @Sendable (String) -> String
  let isWholeMessage: Bool
  /// The regular expression of the upstream schema, where it has one.
  private(set) var pattern: String?
  /// Whether APIs that are lenient take blanks off at both ends first.
  private(set) var isTrimmedIfLenient = false

  /// A form; `message` gets the offending text. With `isWholeMessage` the refusal is that message and nothing else.
  public init(
    isWholeMessage: Bool = false, _ holds: @escaping @Sendable (String) -> Bool,
    message: @escaping @Sendable (String) -> String
  ) {
    (self.holds, self.message, self.isWholeMessage) = (holds, message, isWholeMessage)
  }

  /// Whether a text has the form.
  public func accepts(_ text: String) -> Bool { holds(text) }

  /// The words that refuse a text of another form.
  public func refusal(of text: String) -> String { message(text) }

  /// A named format of the validator: `'x' is not a 'uuid'`.
  public static func named(_ name: String, _ holds: @escaping @Sendable (String) -> Bool) -> StringFormat {
    StringFormat(holds) { "\(JSON.quoted($0)) is not a '\(name)'" }
  }

  /// A regular expression of the upstream schema, checked by hand-written code: `'x' does not match '^[a-z]*$'`.
  public static func pattern(_ pattern: String, _ holds: @escaping @Sendable (String) -> Bool) -> StringFormat {
    var format = StringFormat(holds) { "\(JSON.quoted($0)) does not match \(JSON.quoted(pattern))" }
    format.pattern = pattern
    return format
  }

  /// The same form for texts of which lenient APIs take blanks off at both ends first.
  public func trimmedIfLenient() -> StringFormat {
    var format = self
    format.isTrimmedIfLenient = true
    return format
  }

  /// A UUID with or without dashes, as oslo.utils' `is_uuid_like` takes it.
  public static let uuid = named("uuid") { isUUID($0) }

  /// A moment in ISO 8601.
  public static let dateTime = named("date-time") { Timestamp(iso8601: $0) != nil }

  /// Whether a text is a UUID: 32 hexadecimal digits, dashes, braces and `urn:uuid:` aside.
  public static func isUUID(_ text: String) -> Bool {
    var digits = 0
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...70, 97...102: digits += 1
      case UInt8(ascii: "-"): continue
      default: return false
      }
    }
    return digits == 32
  }
}

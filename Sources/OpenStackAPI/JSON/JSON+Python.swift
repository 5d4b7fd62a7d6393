extension JSON {
  /// The value as Python prints it. The services' messages quote the client's input in this form
  /// ("Invalid input for field/attribute name. Value: None. None is not of type 'string'"), and tests match on it.
  public var pythonRepresentation: String {
    switch self {
    case .null: "None"
    case .bool(let value): value ? "True" : "False"
    case .integer(let number): String(number)
    case .number(let number): "\(number)"
    case .bigInteger(let digits): digits
    case .string(let text): Self.quoted(text)
    case .array(let elements): "[" + elements.map(\.pythonRepresentation).joined(separator: ", ") + "]"
    case .object(let object):
      "{"
        + object.members.map { "\(Self.quoted($0.key)): \($0.value.pythonRepresentation)" }.joined(separator: ", ")
        + "}"
    }
  }

  /// As Python's `str()`: a string stands without quotes.
  public var pythonText: String { text ?? pythonRepresentation }

  /// The JSON type's name in JSON Schema's words.
  public var typeName: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer, .bigInteger: "integer"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  /// A string as Python quotes it: single quotes unless that would need an escape and double quotes would not.
  public static func quoted(_ text: String) -> String {
    let quote: Character = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var quoted = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case "'" where quote == "'": quoted += "\\'"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let hex = String(scalar.value, radix: 16)
        quoted += "\\x" + (hex.count < 2 ? "0" : "") + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    quoted.append(quote)
    return quoted
  }
}

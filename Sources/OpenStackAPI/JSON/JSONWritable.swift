/// A value that knows how it looks in JSON.
public protocol JSONWritable: SendableMetatype {
  /// Appends the value.
  func write(to json: inout JSONWriter)
}

extension String: JSONWritable {
  /// A JSON string.
  @inlinable
  public func write(to json: inout JSONWriter) { json.string(self) }
}

extension Int: JSONWritable {
  /// A JSON number.
  @inlinable
  public func write(to json: inout JSONWriter) { json.integer(self) }
}

extension Bool: JSONWritable {
  /// `true` or `false`.
  @inlinable
  public func write(to json: inout JSONWriter) { self ? json.raw("true") : json.raw("false") }
}

extension Double: JSONWritable {
  /// A JSON number; `null` for what JSON cannot say.
  @inlinable
  public func write(to json: inout JSONWriter) { isFinite ? json.raw(description) : json.raw("null") }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  /// The value, or `null`. OpenStack's answers carry `null` where a key has no value.
  @inlinable
  public func write(to json: inout JSONWriter) {
    if let value = self { value.write(to: &json) } else { json.raw("null") }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  /// A JSON array.
  @inlinable
  public func write(to json: inout JSONWriter) {
    json.array { json in for element in self { element.write(to: &json) } }
  }
}

extension Dictionary: JSONWritable where Key == String, Value: JSONWritable {
  /// A JSON object, its members sorted by name so that the same value always reads the same.
  @inlinable
  public func write(to json: inout JSONWriter) {
    json.object { json in
      for name in keys.sorted() {
        json.key(name)
        self[name].write(to: &json)
      }
    }
  }
}

extension JSON: JSONWritable {
  /// The value itself.
  @inlinable
  public func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.raw("null")
    case .bool(let value): value.write(to: &json)
    case .integer(let number): json.integer(number)
    case .number(let number): number.write(to: &json)
    case .bigInteger(let digits): json.raw(digits)
    case .string(let text): json.string(text)
    case .array(let elements): elements.write(to: &json)
    case .object(let object):
      json.object { json in
        for (name, value) in object.members {
          json.key(name)
          value.write(to: &json)
        }
      }
    }
  }
}

extension JSONWritable {
  /// The value as JSON text.
  public var jsonText: String {
    var json = JSONWriter()
    write(to: &json)
    return json.finish().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }
}

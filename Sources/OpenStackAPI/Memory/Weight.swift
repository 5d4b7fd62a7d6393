import HTTPServer

/// What says how many bytes it takes in memory, about: texts to the byte, the rest by rules of thumb.
public protocol Weighed {
  /// The bytes.
  var weight: Int { get }
}

extension String: Weighed {
  /// Its bytes, and those of the string itself.
  public var weight: Int { 32 + utf8.count }
}

extension Optional: Weighed where Wrapped: Weighed {
  /// Nothing for none.
  public var weight: Int { self?.weight ?? 0 }
}

extension Array: Weighed where Element: Weighed {
  /// Those of the elements, and of the array itself.
  public var weight: Int { reduce(32) { $0 + $1.weight } }
}

extension JSON: Weighed {
  /// Those of all values inside.
  public var weight: Int {
    switch self {
    case .null, .bool, .integer, .number: 24
    case .bigInteger(let text), .string(let text): text.weight
    case .array(let elements): elements.weight
    case .object(let object): object.members.reduce(32) { $0 + 2 * $1.key.weight + $1.value.weight }
    }
  }
}

extension ByteBuffer: Weighed {
  /// The memory that it holds.
  public var weight: Int { 64 + allocated }
}

extension Fault: Weighed {
  /// Those of its message and its evidence.
  public var weight: Int { 128 + message.weight + evidence.weight }
}

extension Response: Weighed {
  /// Those of a body in memory, and of the headers.
  public var weight: Int {
    let body = if case .bytes(let bytes) = self.body { bytes.weight } else { 0 }
    return 128 + body + headers.reduce(0) { $0 + $1.name.weight + $1.value.weight }
  }
}

extension AccessRule: Weighed {
  /// Those of its texts, and of the path's symbols.
  public var weight: Int { service.weight + method.weight + 4 * path.weight }
}

extension Authorization: Weighed {
  /// Those of the names and ids in it.
  public var weight: Int {
    let roles = roles.reduce(0) { $0 + 4 * ($1.id.weight + $1.name.weight) }
    return 1024 + user.name.weight + roles + (delegation?.accessRules).weight
  }
}

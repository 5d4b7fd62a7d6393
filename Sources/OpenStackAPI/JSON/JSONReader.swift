/// Why a text is not JSON.
public struct JSONSyntaxError: Error, CustomStringConvertible, Equatable {
  /// What is wrong, in a few words.
  public let reason: String
  /// Where, in bytes from the start.
  public let offset: Int
  /// The reason and the place.
  public var description: String { "\(reason) at byte \(offset)" }
}

/// How large and how deep a JSON text may be.
public struct JSONLimits: Sendable {
  /// How deep arrays and objects may nest.
  public var depth: Int
  /// How many values one text may hold.
  public var values: Int
  /// The default: 64 levels, 200,000 values.
  public init(depth: Int = 64, values: Int = 200_000) {
    self.depth = depth
    self.values = values
  }
}

extension JSON {
  /// Reads one JSON text (RFC 8259), strictly: UTF-8 without a byte order mark, no comments, no trailing comma,
  /// no NaN, nothing after the value.
  public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONSyntaxError) {
    var reader = JSONReader(bytes: bytes, limits: limits)
    self = try reader.text()
  }
}

extension JSON {
  /// A value that was kept as text in a row; `nil` where the text is none.
  public init?(stored text: String) {
    guard let value = try? JSON(parsing: Array(text.utf8)) else { return nil }
    self = value
  }
}

/// A recursive-descent reader over bytes; recursion is bounded by `JSONLimits.depth`.
struct JSONReader {
  let bytes: [UInt8]
  let limits: JSONLimits
  var position = 0
  var values = 0

  mutating func text() throws(JSONSyntaxError) -> JSON {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("text after the value") }
    return value
  }

  func failure(_ reason: String) -> JSONSyntaxError { JSONSyntaxError(reason: reason, offset: position) }

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
    values += 1
    guard depth < limits.depth else { throw failure("nested deeper than \(limits.depth) levels") }
    guard values <= limits.values else { throw failure("more than \(limits.values) values") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
    case nil: throw failure("the text ends too early")
    default: throw failure("unexpected character")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
    let end = position + word.utf8CodeUnitCount
    guard end <= bytes.count, bytes[position..<end].elementsEqual("\(word)".utf8) else {
      throw failure("unexpected word")
    }
    position = end
    return value
  }

  private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']'") }
    return .array(elements)
  }

  private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSON {
    position += 1
    var members: [(key: String, value: JSON)] = []
    var names = Set<String>()
    var repeated = false
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(JSONObject()) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("expected a member name") }
      let name = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw failure("expected ':'") }
      skipSpace()
      repeated = !names.insert(name).inserted || repeated
      members.append((name, try value(depth: depth + 1)))
      skipSpace()
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}'") }
    return .object(repeated ? JSONObject(lastOf: members) : JSONObject(unique: members))
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }
}

extension JSONObject {
  /// Members already known to have different names.
  init(unique members: [(key: String, value: JSON)]) {
    self.init()
    adopt(members)
  }

  /// Members of which the last of each name counts, in time linear in their number.
  init(lastOf members: [(key: String, value: JSON)]) {
    var last: [String: Int] = [:]
    for (index, member) in members.enumerated() { last[member.key] = index }
    self.init()
    adopt(members.enumerated().filter { last[$0.element.key] == $0.offset }.map(\.element))
  }
}

/// A JSON value that came from a client or a configuration file (RFC 8259).
///
/// Booleans are never numbers. An object keeps the order of its members; where a name is repeated the last one
/// counts, as in the services this project speaks for.
public enum JSON: Sendable, Hashable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A number written without fraction and exponent that fits in 64 bits.
  case integer(Int)
  /// Any other number that a double can hold.
  case number(Double)
  /// An integer too large for 64 bits, as its digits.
  case bigInteger(String)
  /// A string.
  case string(String)
  /// An array.
  case array([JSON])
  /// An object.
  case object(JSONObject)
}

/// The members of a JSON object in the order they were written.
public struct JSONObject: Sendable {
  /// The members; names are unique.
  public private(set) var members: [(key: String, value: JSON)]
  /// Where each name is, in an object of more than a few members: looking through those is quicker.
  private var places: [String: Int]?

  private static let few = 16

  /// An object with no members.
  public init() { members = [] }

  /// An object of the given members; a repeated name replaces the earlier value.
  public init(_ members: [(key: String, value: JSON)]) {
    self.members = []
    self.members.reserveCapacity(members.count)
    for (key, value) in members { self[key] = value }
  }

  /// Takes members whose names are known to differ.
  mutating func adopt(_ members: [(key: String, value: JSON)]) {
    self.members = members
    places = nil
    if members.count > Self.few { notePlaces() }
  }

  /// The members' names.
  public var keys: [String] { members.map(\.key) }

  /// The value under a name; setting `nil` removes it.
  public subscript(_ key: String) -> JSON? {
    get { place(of: key).map { members[$0].value } }
    set {
      switch (place(of: key), newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil):
        members.remove(at: place)
        places = nil
      case (nil, let value?): append(key, value)
      case (nil, nil): break
      }
    }
  }

  private func place(of key: String) -> Int? {
    if let places { return places[key] }
    return members.firstIndex { $0.key == key }
  }

  private mutating func append(_ key: String, _ value: JSON) {
    members.append((key, value))
    if places != nil {
      places?[key] = members.count - 1
    } else if members.count > Self.few, members.count & (members.count - 1) == 0 {
      // At powers of two alone, so that an object that grows is looked through a few times in all.
      notePlaces()
    }
  }

  private mutating func notePlaces() {
    places = Dictionary(members.enumerated().map { ($1.key, $0) }) { first, _ in first }
  }
}

extension JSONObject: Hashable {
  /// Two objects are equal when they have the same members in any order.
  public static func == (a: Self, b: Self) -> Bool {
    a.members.count == b.members.count && a.members.allSatisfy { b[$0.key] == $0.value }
  }

  /// The order of members does not count.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(
      members.reduce(0) { sum, member in
        var hasher = Hasher()
        hasher.combine(member.key)
        hasher.combine(member.value)
        return sum ^ hasher.finalize()
      })
  }
}

extension Array where Element: Hashable {
  /// The elements in their order, each once.
  public var uniqued: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}

extension JSON {
  /// The member of an object; `nil` for a missing member and for anything but an object.
  public subscript(_ key: String) -> JSON? { object?[key] }

  /// The members, if this is an object.
  public var object: JSONObject? { if case .object(let members) = self { members } else { nil } }
  /// The elements, if this is an array.
  public var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  /// The text, if this is a string.
  public var text: String? { if case .string(let text) = self { text } else { nil } }
  /// The number, if this is an integer of 64 bits.
  public var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  /// The truth value, if this is a boolean.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  /// Whether this is `null`.
  public var isNull: Bool { self == .null }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
  /// An array.
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  /// An object.
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
}

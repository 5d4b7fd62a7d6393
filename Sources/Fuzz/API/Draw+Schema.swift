import OpenStackAPI

/// How a value is made of a schema.
struct Taste {
  enum Members { case required, some, all }

  let version: Version
  var members = Members.required
  var ids = IDChoice.newest
  /// One leaf in so many lies at a bound, or just beyond; none with 0.
  var edges = 0
}

extension Draw {
  /// A value that satisfies a schema, as far as it is to be found; with edges, nearly so.
  func value(of schema: Schema, named name: String, _ taste: Taste, depth: Int = 0) -> JSON {
    if let usual = usual(schema, name, taste) { return usual }
    for _ in 0..<8 {
      let value = value(of: schema.shape, named: name, taste, depth)
      if taste.edges > 0 || schema.check(value, taste.version) == nil { return value }
    }
    return Self.typical.first { schema.check($0, taste.version) == nil } ?? .null
  }

  /// An id of what the name says, or what such a member usually holds.
  private func usual(_ schema: Schema, _ name: String, _ taste: Taste) -> JSON? {
    if taste.edges > 0, random.once(in: 4) { return nil }
    var candidates = (Self.usual[name] ?? []).map { fill($0, taste.ids) }
    if let id = id(of: Kind.of(name), taste.ids) { candidates.append(.string(id)) }
    return random.pick(candidates.filter { schema.check($0, taste.version) == nil })
  }

  private func value(of shape: Shape, named name: String, _ taste: Taste, _ depth: Int) -> JSON {
    let isEdge = taste.edges > 0 && random.once(in: taste.edges)
    switch shape {
    case .opaque, .any: return random.pick(Self.typical) ?? .null
    case .words(let words): return random.pick(words) ?? .null
    case .string(let length, let words, let format): return .string(text(length, words, format, isEdge: isEdge))
    case .integer(let range): return number(range, isEdge: isEdge)
    case .array(let element, let count): return array(element, count, named: name, taste, depth, isEdge: isEdge)
    case .object(let properties, let additional, let atLeast):
      return object(properties, additional, atLeast, taste, depth)
    case .anyOf(let schemas):
      return random.pick(schemas).map { value(of: $0.shape, named: name, taste, depth) } ?? .null
    case .byVersion(let choose): return value(of: choose(taste.version), named: name, taste, depth: depth)
    }
  }

  private func text(_ length: ClosedRange<Int>, _ words: [String], _ format: StringFormat?, isEdge: Bool) -> String {
    if isEdge {
      let lengths = [length.lowerBound, length.lowerBound - 1, length.upperBound, length.upperBound &+ 1]
      let count = lengths.filter { (0...70_000).contains($0) }
      return String(repeating: random.pick("a", "1", "é", "😀", " ", "/"), count: random.pick(count) ?? 1)
    }
    if let word = random.pick(words) { return word }
    let fitting = Self.texts.filter { format?.accepts($0) ?? true && length.contains($0.unicodeScalars.count) }
    guard format != nil || random.once(in: 4) else {
      let name = name()
      return length.contains(name.count) ? name : String(repeating: "a", count: max(1, length.lowerBound))
    }
    return random.pick(fitting) ?? String(repeating: "a", count: min(length.lowerBound, 70_000))
  }

  private func number(_ range: ClosedRange<Int>, isEdge: Bool) -> JSON {
    guard isEdge else { return .integer(min(max(random.below(4), range.lowerBound), range.upperBound)) }
    let (low, high) = (range.lowerBound, range.upperBound)
    let bounds = [low, high, low == .min ? low : low - 1, high == .max ? high : high + 1, 0, -1, 1 << 31, 1 << 53]
    let number = random.pick(bounds) ?? 0
    switch random.below(5) {
    case 0: return .string(String(number))
    case 1:
      return .bigInteger(
        random.pick("9223372036854775808", "-9223372036854775809", "1" + String(repeating: "0", count: 300)))
    default: return .integer(number)
    }
  }
}

extension Draw {
  private func array(
    _ element: Schema, _ count: ClosedRange<Int>, named name: String, _ taste: Taste, _ depth: Int, isEdge: Bool
  ) -> JSON {
    var wanted = min(max(count.lowerBound, depth > 5 ? 0 : random.below(2) + 1), count.upperBound)
    if isEdge {
      wanted = random.pick([0, count.lowerBound, min(count.upperBound, 60), min(count.upperBound, 59) + 1]) ?? 0
    }
    return .array((0..<wanted).map { _ in value(of: element, named: name, taste, depth: depth + 1) })
  }

  private func object(
    _ properties: [Property], _ additional: AdditionalProperties, _ atLeast: Int, _ taste: Taste, _ depth: Int
  ) -> JSON {
    var object = JSONObject()
    let known = properties.filter { $0.versions.contains(taste.version) }
    for property in known where isWanted(property, taste, depth) {
      object[property.name] = value(of: property.schema, named: property.name, taste, depth: depth + 1)
    }
    for _ in 0..<4 where object.members.count < atLeast {
      guard let property = random.pick(known) else { break }
      object[property.name] = value(of: property.schema, named: property.name, taste, depth: depth + 1)
    }
    if case .matching(let schema, let format) = additional {
      for _ in 0...random.below(2) {
        let key = random.pick(["key", name(), "hw:cpu_policy"].filter { format?.accepts($0) ?? true }) ?? name()
        object[key] = value(of: schema, named: key, taste, depth: depth + 1)
      }
    }
    return .object(object)
  }

  private func isWanted(_ property: Property, _ taste: Taste, _ depth: Int) -> Bool {
    if property.isRequired(at: taste.version) { return true }
    switch taste.members {
    case .required: return false
    case .some: return random.once(in: 3 + depth)
    case .all: return depth < 4
    }
  }
}

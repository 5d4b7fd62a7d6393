import OpenStackAPI

extension Draw {
  /// A value of which something is not as it should be: of another type, missing, too much, huge, nested.
  func mutated(_ value: JSON) -> JSON {
    var value = value
    for _ in 0...random.below(3) { mutate(&value) }
    return value
  }

  /// Goes down at random, and changes what it comes to.
  private func mutate(_ value: inout JSON) {
    switch value {
    case .object(var object) where !object.members.isEmpty && !random.once(in: 5):
      let index = random.below(object.members.count)
      change(&object, object.members[index].key)
      value = .object(object)
    case .array(var elements) where !elements.isEmpty && !random.once(in: 4):
      let index = random.below(elements.count)
      switch random.below(4) {
      case 0: elements.append(elements[index])
      case 1: elements.remove(at: index)
      default: mutate(&elements[index])
      }
      value = .array(elements)
    default: value = replacement(for: value)
    }
  }

  private func change(_ object: inout JSONObject, _ name: String) {
    switch random.below(8) {
    case 0: object[name] = JSON?.none
    case 1:
      object[random.pick(name.uppercased(), name + "s", "", "id", "links", self.name())] = object[name]
      object[name] = JSON?.none
    case 2: object[random.pick("extra", "id", "name", "enabled", "domain_id", "\u{0}", "é")] = random.pick(Self.odd)
    default:
      guard var value = object[name] else { return }
      mutate(&value)
      object[name] = value
    }
  }

  private func replacement(for value: JSON) -> JSON {
    switch random.below(6) {
    case 0: return [value]
    case 1:
      return value.text.map { .string($0 + random.pick(" ", "\n", "\u{0}", "x", "%00")) } ?? .string(value.jsonText)
    case 2: return .string(random.pick(known.ids(of: random.pick("server", "user", "project", "image", "role"))) ?? "")
    default: return random.pick(Self.odd) ?? .null
    }
  }

  /// Bytes that are not quite the value, or no JSON at all.
  func broken(_ bytes: [UInt8]) -> [UInt8] {
    switch random.below(8) {
    case 0: return Array(bytes.prefix(random.below(bytes.count + 1)))
    case 1: return bytes + bytes
    case 2: return []
    case 3: return Array(random.pick("null", "[]", "{}", "0", "\"a\"", "NaN", "{\"a\":}", "{'a': 1}").utf8)
    case 4: return Array(repeating: UInt8(ascii: random.once(in: 2) ? "[" : "{"), count: 20_000)
    case 5: return [0xEF, 0xBB, 0xBF] + bytes
    case 6: return (0..<random.below(300)).map { _ in UInt8(truncatingIfNeeded: random.bits()) }
    default:
      var bytes = bytes
      if !bytes.isEmpty {
        bytes[random.below(bytes.count)] = random.pick(0, 0xFF, 0xC3, UInt8(ascii: "\""), UInt8(ascii: "9"))
      }
      return bytes
    }
  }
}

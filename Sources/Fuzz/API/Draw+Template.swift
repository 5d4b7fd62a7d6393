import OpenStackAPI

extension Draw {
  /// A template's value, with ids and names in place of `<kind>`:
  ///
  ///     {"trust": {"trustor_user_id": "<own user>", "trustee_user_id": "<user>", "roles": [{"name": "member"}]}}
  ///
  /// `<own kind>` is the caller's own, `<kind secret>` what was told with an id, `<new>` a name that nothing has, `<uuid>`
  /// an id of nothing.
  func fill(_ template: JSON, _ ids: IDChoice) -> JSON {
    switch template {
    case .string(let text): .string(fill(text, ids))
    case .array(let elements): .array(elements.map { fill($0, ids) })
    case .object(let object):
      .object(JSONObject(object.members.map { (key: fill($0.key, ids), value: fill($0.value, ids)) }))
    default: template
    }
  }

  /// The same in a text.
  func fill(_ text: String, _ ids: IDChoice) -> String {
    guard text.utf8.contains(UInt8(ascii: "<")) else { return text }
    var filled = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
      filled += rest[..<start]
      filled += meaning(of: rest[rest.index(after: start)..<end], ids)
      rest = rest[rest.index(after: end)...]
    }
    return filled + rest
  }

  private func meaning(of word: Substring, _ ids: IDChoice) -> String {
    switch word {
    case "new": return name()
    case "uuid": return uuid()
    case "hex": return hex()
    case "token": return caller?.token ?? ""
    case "other token": return spareToken
    case "seeded image": return seededImage
    case "refused request": return refusedRequest
    case "project of member": return memberProject
    default:
      if word.hasPrefix("own ") { return id(of: String(word.dropFirst(4)), .own) ?? uuid() }
      let words = word.split(separator: " ").map(String.init)
      guard let id = id(of: words[0], ids) else { return uuid() }
      return words.count == 1 ? id : known.note(words[1], of: id) ?? hex()
    }
  }
}

import OpenStackAPI

/// What answers told: ids by kind, and which values of a path's parameters go together.
struct Knowledge {
  private var ids: [String: [String]] = [:]
  private var paths: [String: [[String]]] = [:]
  /// What was told with an id: a secret, a verifier.
  private var notes: [String: [String: String]] = [:]
  /// The paths to what was deleted, newest last.
  private var deleted: [String: [[String]]] = [:]
  /// The ids of what the world began with, which the run needs, by kind.
  private var seeded: [String: Set<String>] = [:]

  private static let mostIDs = 60
  private static let mostPaths = 40

  /// The ids of a kind, newest last.
  func ids(of kind: String) -> [String] { ids[kind] ?? [] }

  /// The values with which a path leads to something, newest last.
  func paths(_ pattern: String) -> [[String]] { paths[pattern] ?? [] }

  /// The paths that led to something until it was deleted, newest last.
  func deletedPaths(_ pattern: String) -> [[String]] { deleted[pattern] ?? [] }

  /// What was told with an id.
  func note(_ name: String, of id: String) -> String? { notes[id]?[name] }

  /// Whether the world began with it.
  func isSeeded(_ id: String, of kind: String) -> Bool { seeded[kind]?.contains(id) ?? false }

  mutating func note(_ name: String, _ text: String, of id: String) {
    if notes.count > 1000 { notes.removeAll() }
    notes[id, default: [:]][name] = text
  }

  mutating func learn(_ id: String, of kind: String) {
    guard !id.isEmpty, id.utf8.count <= 255 else { return }
    Self.keep(id, in: &ids[kind, default: []], atMost: Self.mostIDs)
  }

  mutating func learn(_ values: [String], at pattern: String) {
    guard !values.isEmpty else { return }
    Self.keep(values, in: &paths[pattern, default: []], atMost: Self.mostPaths)
  }

  /// What was deleted leads nowhere any more, nor does anything below it.
  mutating func forget(_ values: [String], at pattern: String, kind: String) {
    for (known, paths) in paths where known.hasPrefix(pattern) {
      self.paths[known] = paths.filter { !$0.starts(with: values) }
    }
    Self.keep(values, in: &deleted[pattern, default: []], atMost: 10)
    if let id = values.last { ids[kind]?.removeAll { $0 == id } }
  }

  /// From now on, all that is known has to stay.
  mutating func keepAll() { seeded = ids.mapValues(Set.init) }

  /// So have these.
  mutating func keep(_ own: [String: String]) {
    for (kind, id) in own { seeded[kind, default: []].insert(id) }
  }

  private static func keep<T: Equatable>(_ value: T, in list: inout [T], atMost limit: Int) {
    if let known = list.firstIndex(of: value) { list.remove(at: known) }
    list.append(value)
    if list.count > limit { list.removeFirst() }
  }
}

extension Knowledge {
  /// What an answer shows that has a name for its kind: `{"server": {"id"}}`, `{"servers": [{"id"}]}`, `"user_id"`.
  mutating func read(_ answer: JSON, depth: Int = 0) {
    guard depth < 5 else { return }
    for element in answer.array ?? [] { read(element, depth: depth + 1) }
    for (name, value) in answer.object?.members ?? [] {
      if let text = value.text {
        if name.hasSuffix("_id") { learn(text, of: Kind.of(name)) }
        if let token = text.split(separator: "token=").dropFirst().first {
          learn(String(token), of: "console_auth_token")
        }
      } else {
        if let id = value["id"]?.text, let secret = value["secret"]?.text { note("secret", secret, of: id) }
        for id in Self.ids(in: value.array ?? [value], of: name) { learn(id, of: Kind.of(name)) }
        read(value, depth: depth + 1)
      }
    }
  }

  /// What a form shows: the token of OAuth 1.0 that was made, and its secret.
  mutating func read(form: String, of kind: String) {
    let pairs = QueryParameters(parsing: form)
    guard let id = pairs["oauth_token"] else { return }
    learn(id, of: kind)
    if let secret = pairs["oauth_token_secret"] { note("secret", secret, of: id) }
  }

  /// The ids of what an answer of a collection shows: of one thing, of a list, or the keys of a map.
  static func shown(in answer: JSON, of collection: String) -> [String] {
    let members = answer.object?.members ?? []
    let content = members.count == 1 ? members[0].value : answer
    if let id = id(of: content, in: collection) ?? id(of: answer, in: collection) { return [id] }
    let list = content.array ?? members.first { Kind.word($0.key) == Kind.word(collection) }?.value.array
    if let list { return ids(in: list, of: collection) }
    return content.object?.members.filter { $0.value.text != nil }.map(\.key) ?? []
  }

  private static func ids(in list: [JSON], of collection: String) -> [String] {
    list.compactMap {
      $0.text ?? id(of: $0, in: collection) ?? $0.object?.members.first.flatMap { id(of: $0.value, in: collection) }
    }
  }

  private static func id(of thing: JSON, in collection: String) -> String? {
    for name in idMembers[Kind.word(collection)].map({ [$0] }) ?? ["id", "uuid"] {
      if let text = thing[name]?.text { return text }
      if let number = thing[name]?.integer { return String(number) }
    }
    return nil
  }

  /// What ids are called, by collection, where that is not `id`.
  private static let idMembers = [
    "keypair": "name", "ec2": "access", "namespace": "namespace", "member": "member_id", "host": "host_name",
    "instance_action": "request_id", "instanceaction": "request_id", "extension": "alias", "property": "name",
    "object": "name", "resource_type": "name", "snapshot": "name", "world": "name", "mark": "name", "tag": "name",
  ]
}

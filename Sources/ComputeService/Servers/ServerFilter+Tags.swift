import OpenStackAPI
import Persistence

extension ServerFilter {
  /// The conditions of `tags` (all of them), `tags-any`, `not-tags` (not all of them) and `not-tags-any`: each looks at a
  /// server's tags once, however many the client names.
  var tags: [Condition] {
    [
      wanted("tags") { Condition("\(Self.found($0)) = ?", values: $0 + [$0.count]) },
      wanted("tags-any") { Condition("\(Self.found($0)) > 0", values: $0) },
      wanted("not-tags") { Condition("\(Self.found($0)) < ?", values: $0 + [$0.count]) },
      wanted("not-tags-any") { Condition("\(Self.found($0)) = 0", values: $0) },
    ].compactMap { $0 }
  }

  private func wanted(_ name: String, _ condition: ([String]) -> Condition) -> Condition? {
    let tags = Set(value(name)?.split(separator: ",").map(String.init) ?? []).sorted()
    return tags.isEmpty ? nil : condition(tags)
  }

  /// How many of some tags a server has.
  private static func found(_ tags: [String]) -> String {
    let places = tags.map { _ in "?" }.joined(separator: ", ")
    return "(SELECT count(DISTINCT value) FROM json_each(servers.tags) WHERE value IN (\(places)))"
  }
}

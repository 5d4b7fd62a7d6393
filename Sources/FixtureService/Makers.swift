import HTTPServer
import OpenStackAPI

/// Finds the request that made a resource, among those that the journal still has.
struct Makers {
  private let entries: [JournalEntry]

  init(_ entries: [JournalEntry]) {
    self.entries = entries.filter { (200..<300).contains($0.status) && ($0.method == .post || $0.method == .put) }
  }

  /// The id of the request. One whose path speaks of the kind comes before others, and the last before those that made
  /// one of the same name which has gone since.
  func maker(of record: ResourceRecord) -> String? {
    let found = entries.filter { Self.made($0, record) }
    let word = record.kind.split(separator: "_").last.map(String.init) ?? record.kind
    return (found.last { $0.path.contains(word) } ?? found.last)?.requestID
  }

  /// Whether a request made a resource: the answer shows its id, or path and answer name all that it connects.
  private static func made(_ entry: JournalEntry, _ record: ResourceRecord) -> Bool {
    guard record.id.contains("/") else {
      return (entry.method == .post || entry.status == 201) && entry.shown.contains(record.id)
    }
    let named = Set(entry.shown + entry.path.split(separator: "/").map { String($0).percentDecoded() })
    return record.id.split(separator: "/").allSatisfy { named.contains(String($0)) }
  }
}

import Locking

/// Answers kept until a table that they depend on changes (`Route.keptWhile`). The key holds everything else that an
/// answer depends on: the address, the version, and who asks with which roles.
final class KeptAnswers: Sendable {
  private struct Entry {
    let tableVersions: [UInt64]
    let answer: Response
  }

  private let entries = Locked(BoundedCache<String, Entry>(bytes: 8 << 20))

  /// The kept answer, or the one that `make` gives, kept from now on. The tables' versions are taken before the rows are
  /// read: a change in between makes the entry stale, never wrong.
  func answer(to call: Call, make: () async throws -> Response) async throws -> Response {
    let versions = call.route.keptWhile.map { call.world.database.tableVersion($0) }
    let key = try key(of: call)
    if let kept = entries.withLock({ $0.value(for: key) }), kept.tableVersions == versions { return kept.answer }
    let answer = try await make()
    let bytes = key.weight + answer.weight
    entries.withLock { $0.insert(Entry(tableVersions: versions, answer: answer), for: key, bytes: bytes) }
    return answer
  }

  private func key(of call: Call) throws -> String {
    let request = call.exchange.request
    return
      "\(try call.caller.viewpoint) \(call.version.minor) \(call.exchange.origin)\(request.path)?\(request.query ?? "")"
  }
}

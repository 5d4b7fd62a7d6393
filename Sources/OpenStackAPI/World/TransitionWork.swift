import Persistence

/// Carries out a transition that is more than rows: it copies bytes, or asks another server. It runs outside of any
/// transaction, beside everything else; what it returns is done in one, and says how long until the next step.
///
/// The transition stays a row until then. When the program ends before, the work begins anew at the next start, so it has
/// to find its way among what it left half done. It is cancelled when the world ends.
public typealias TransitionWork = @Sendable (Transition, World) async throws -> WorkEnd

/// What a work ends with.
public typealias WorkEnd = @Sendable (Connection) throws -> Duration?

extension Transition {
  private static let fields = "kind, resource, action, step, due, payload"

  /// Takes a due transition out of the queue and answers the number of the work; `nil` when it is not there any more.
  func beginWork(_ db: Connection) throws -> Int? {
    guard try db.execute("DELETE FROM transitions WHERE id = ?", id) > 0 else { return nil }
    return try db.first(
      "INSERT INTO works (\(Self.fields)) VALUES (?, ?, ?, ?, ?, ?) RETURNING id", kind, resource, action, step,
      due.microseconds, payload)
  }

  /// Removes a work; false when it was cancelled meanwhile.
  static func endWork(_ number: Int, _ db: Connection) throws -> Bool {
    try db.execute("DELETE FROM works WHERE id = ?", number) > 0
  }

  /// Puts what an earlier run had under way back into the queue.
  static func resumeWorks(_ db: Connection) throws {
    try db.execute("INSERT INTO transitions (\(fields)) SELECT \(fields) FROM works ORDER BY id")
    try db.execute("DELETE FROM works")
  }
}

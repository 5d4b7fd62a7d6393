/// A write that waits for its turn, with the caller who waits for it.
protocol WriteJob: AnyObject, Sendable {
  /// Whether it may run a second time, with room from the reserve, when it found none.
  var maySpendReserve: Bool { get }
  /// Runs the body and answers what it threw; the result stays inside until `finish`.
  func run(_ connection: Connection) -> (any Error)?
  /// Resumes the caller: with the result of `run`, or with `failure`.
  func finish(_ failure: (any Error)?)
}

/// - Safety: `outcome` is touched only by `run` and `finish`, which the writer's queue calls one after the other.
final class WriteTask<T: Sendable>: WriteJob, @unchecked Sendable {
  let maySpendReserve = DiskReserve.isOpen
  private let body: @Sendable (Connection) throws -> T
  private let continuation: CheckedContinuation<T, any Error>
  private var outcome: Result<T, any Error> = .failure(DatabaseError.closed)

  init(body: @escaping @Sendable (Connection) throws -> T, continuation: CheckedContinuation<T, any Error>) {
    self.body = body
    self.continuation = continuation
  }

  func run(_ connection: Connection) -> (any Error)? {
    outcome = Result { try body(connection) }
    if case .failure(let error) = outcome { return error }
    return nil
  }

  func finish(_ failure: (any Error)?) {
    if let failure { continuation.resume(throwing: failure) } else { continuation.resume(with: outcome) }
  }
}

import Persistence

extension TransitionRunner {
  /// How long what is due waits while the storage is in trouble, and how often a work tries again.
  static let patience = Duration.seconds(1)
  private static let attempts = 30

  /// Why what is due has to wait; `nil` where it has not.
  var trouble: StorageTrouble? { state.withLock(\.trouble) }

  /// Whether an error will pass: what met it stays due then, and is tried again.
  @discardableResult
  func hold(_ error: any Error) -> Bool {
    guard let trouble = StorageTrouble(error), trouble.passes else { return false }
    state.withLock { $0.trouble = trouble }
    return true
  }

  /// Does something as soon as the storage lets it.
  func patiently<T>(_ body: () async throws -> T) async throws -> T {
    for _ in 1..<Self.attempts {
      do {
        return try await body()
      } catch let error where StorageTrouble(error)?.passes == true {
        try await Task.sleep(for: Self.patience)
      }
    }
    return try await body()
  }
}

extension StorageTrouble {
  /// Whether it can be over without a restart.
  fileprivate var passes: Bool { self == .full || self == .exhausted || self == .busy }
}

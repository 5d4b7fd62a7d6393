import Dispatch
import Locking

/// A blob in the making, for one task at a time. Its bytes go to a temporary name and come into sight with `commit`.
///
///     let writer = try store.makeWriter()
///     for try await chunk in body { try await writer.append(chunk) }
///     let id = try await writer.commit()
///
/// File I/O happens in order on a queue, while the next bytes are gathered; what waits in memory is at most
/// `bufferLimit` bytes and the last two chunks, unless the caller minds that. A writer that is dropped leaves nothing behind.
public final class BlobWriter: Sendable {
  /// Chunks are gathered up to this many bytes before they are written.
  public static let bufferLimit = 32 * 1024

  private struct State {
    var buffer: [UInt8] = []
    var count = 0
    var isFinished = false
    /// The first failure; everything after it fails alike.
    var failure: BlobError?
  }

  /// The blob's future name.
  public let id: BlobID
  private let store: BlobStore
  private let file: BlobFile
  private let queue: DispatchQueue
  private let pending = PendingWork()
  private let state = Locked(State())

  init(store: BlobStore, id: BlobID, file: BlobFile, lane: DispatchQueue) {
    queue = DispatchQueue(label: "persistence.blob", target: lane)
    self.store = store
    self.id = id
    self.file = file
  }

  deinit { abandon() }

  /// How many bytes were appended.
  public var count: Int { state.withLock { $0.count } }

  /// Adds bytes to the end. Returns at once while they fit the buffer, else when the buffer before is written.
  /// Throws `noSpace`, `system`, `finished`, and once it threw, again; what fails behind an append, the next call throws.
  nonisolated(nonsending) public func append(_ bytes: [UInt8]) async throws(BlobError) {
    await pending.settle()
    try append(bytes, in: pending)
  }

  /// Adds bytes to the end and returns at once; `pending` tells when they are written. How many wait in memory is up to
  /// the caller. Throws as `append`.
  public func append(_ bytes: [UInt8], in pending: PendingWork) throws(BlobError) {
    let full = try gather(bytes)
    guard !full.isEmpty else { return }
    pending.add(on: queue) { [self] in
      do throws(SystemError) { try file.write(full) } catch { _ = fail(BlobError(error)) }
    }
  }

  /// Makes the blob durable and visible. Throws as `append`; the blob is then not there.
  nonisolated(nonsending) public func commit() async throws(BlobError) -> BlobID {
    await written()
    let rest = try takeRest()
    guard !store.isClosed else { throw fail(.closed) }
    let directory = store.directory
    try await onQueue { file throws(SystemError) in
      if !rest.isEmpty { try file.write(rest) }
      try file.publish(in: directory)
    }
    store.end(id)
    return id
  }

  /// Forgets the blob and its bytes. After `commit` it does nothing.
  public func abandon() {
    let mustDiscard = state.withLock { state in
      defer { state.isFinished = true }
      return !state.isFinished
    }
    if mustDiscard { discard() }
  }
}

// MARK: - Steps

extension BlobWriter {
  /// Takes the bytes in; answers what is now to be written, if anything.
  private func gather(_ bytes: [UInt8]) throws(BlobError) -> [UInt8] {
    let taken: Result<[UInt8], BlobError> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      guard !state.isFinished else { return .failure(.finished) }
      state.count += bytes.count
      if state.buffer.isEmpty, bytes.count >= Self.bufferLimit { return .success(bytes) }
      state.buffer += bytes
      guard state.buffer.count >= Self.bufferLimit else { return .success([]) }
      defer { state.buffer = [] }
      return .success(state.buffer)
    }
    return try taken.get()
  }

  private func takeRest() throws(BlobError) -> [UInt8] {
    let taken: Result<[UInt8], BlobError> = state.withLock { state in
      if let failure = state.failure { return .failure(failure) }
      guard !state.isFinished else { return .failure(.finished) }
      state.isFinished = true
      defer { state.buffer = [] }
      return .success(state.buffer)
    }
    return try taken.get()
  }

  /// Returns when all that was added so far is written, or has failed.
  nonisolated(nonsending) private func written() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  nonisolated(nonsending) private func onQueue(_ work: @escaping @Sendable (BlobFile) throws(SystemError) -> Void)
    async throws(BlobError)
  {
    let file = file
    let failure: SystemError? = await withCheckedContinuation { continuation in
      queue.async {
        do throws(SystemError) {
          try work(file)
          continuation.resume(returning: nil)
        } catch {
          continuation.resume(returning: error)
        }
      }
    }
    if let failure { throw fail(BlobError(failure)) }
  }

  private func fail(_ error: BlobError) -> BlobError {
    state.withLock { state in
      state.failure = state.failure ?? error
      state.isFinished = true
      state.buffer = []
    }
    discard()
    return error
  }

  private func discard() {
    let (store, id, file) = (store, id, file)
    queue.async {
      file.discard()
      store.end(id)
    }
  }
}

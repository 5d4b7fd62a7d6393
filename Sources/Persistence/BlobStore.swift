import Dispatch
import Glibc
import Locking

/// Blobs: files of bytes in one directory, each written once and never changed.
///
/// A blob comes into sight whole and durable or not at all. The row that owns it is written after `commit`, and removed
/// before `remove`; what a crash between the two leaves behind is found by `sweep` at the next start.
public final class BlobStore: Sendable {
  static let finished = ".blob"
  static let unfinished = ".partial"

  private struct State {
    var isClosed = false
    /// The hold on the directory, once there is one.
    var lock: FileLock?
    /// The blobs of `base` that were not removed.
    var inherited: Set<BlobID> = []
    /// The blobs that should be there and were not when the store was opened.
    var missing: Set<BlobID> = []
    /// Blobs that are being written.
    var writing: Set<BlobID> = []
    var lane = 0
  }

  /// Where writers block; a thread for each of many would only wait for the same disk.
  private let lanes = (0..<4).map { DispatchQueue(label: "persistence.blobs.\($0)") }
  private let syncQueue = DispatchQueue(label: "persistence.blobs.sync")

  private let state: Locked<State>
  /// Where the files are, but for those of `base`.
  public let directory: String
  /// What a temporary store began with. It does without a directory until it has a blob of its own.
  private let base: BlobImage?
  private let isTemporary: Bool
  private let makeID: @Sendable () -> String

  /// Opens, or makes, the directory; its parent must exist. `makeID` names the blobs of writers that give no name. With
  /// `image` the store begins with its blobs.
  /// Throws `BlobError.inUse` while another store, here or in another process, has it.
  public convenience init(
    directory: String, from image: BlobImage? = nil, makeID: @escaping @Sendable () -> String = BlobID.random
  ) throws(BlobError) {
    try self.init(directory, isTemporary: false, image, makeID)
  }

  /// A store in a new directory under TMPDIR that goes with it. Its blobs are not synced to the disk. With
  /// `image` it begins with those blobs; without, the directories of processes that died are cleared away first.
  public static func temporary(
    from image: BlobImage? = nil, makeID: @escaping @Sendable () -> String = BlobID.random
  ) throws(BlobError) -> BlobStore {
    if image == nil { TemporaryDirectory.sweep() }
    return try BlobStore(TemporaryDirectory.newPath(), isTemporary: true, image, makeID)
  }

  private init(
    _ directory: String, isTemporary: Bool, _ image: BlobImage?, _ makeID: @escaping @Sendable () -> String
  ) throws(BlobError) {
    state = Locked(State())
    self.directory = directory
    self.isTemporary = isTemporary
    self.makeID = makeID
    base = isTemporary && image?.isTemporary == true ? image : nil
    if let base {
      let inherited = Set(try base.ids())
      state.withLock { $0.inherited = inherited }
    } else {
      try makeDirectory()
      if let image { try image.share(with: directory) }
    }
  }

  /// Sees to it that there is a directory, held by this store.
  func makeDirectory() throws(BlobError) {
    let isHeld: Bool
    do throws(SystemError) {
      isHeld = try state.withLock { state throws(SystemError) in
        guard state.lock == nil, !state.isClosed else { return true }
        try Files.makeDirectory(directory)
        state.lock = try FileLock(path: directory + "/" + TemporaryDirectory.lockName)
        return state.lock != nil
      }
    } catch {
      throw BlobError(error)
    }
    guard isHeld else { throw .inUse(path: directory) }
  }

  deinit { close() }

  /// Begins a blob under a new name.
  public func makeWriter() throws(BlobError) -> BlobWriter { try makeWriter(id: makeID()) }

  /// Begins a blob under the name given. Throws `exists`, `invalidID`, `noSpace`, `closed`.
  public func makeWriter(id: String) throws(BlobError) -> BlobWriter {
    guard let id = BlobID(rawValue: id) else { throw .invalidID(id) }
    try makeDirectory()
    guard !contains(id), try begin(id) else { throw .exists(id: id.rawValue) }
    do throws(SystemError) {
      let file = try BlobFile(ownPath(id), syncingOn: isDurable ? syncQueue : nil)
      return BlobWriter(store: self, id: id, file: file, lane: nextLane())
    } catch {
      end(id)
      throw error.code == EEXIST ? .exists(id: id.rawValue) : BlobError(error)
    }
  }

  private func nextLane() -> DispatchQueue {
    state.withLock { state in
      state.lane = (state.lane + 1) % lanes.count
      return lanes[state.lane]
    }
  }

  /// Where the blob's bytes are, for `sendfile` and the like.
  public func path(_ id: BlobID) -> String {
    if let base, state.withLock({ $0.inherited.contains(id) }) { base.path(id) } else { ownPath(id) }
  }

  func ownPath(_ id: BlobID) -> String { "\(directory)/\(id.rawValue)\(Self.finished)" }

  /// How many blobs were not there when the store was opened though they should be, and are neither back nor removed since.
  public var missingCount: Int {
    let missing = state.withLock(\.missing)
    guard !missing.isEmpty else { return 0 }
    return missing.count { !contains($0) }
  }

  func note(missing: Set<BlobID>) { state.withLock { $0.missing = missing } }

  /// Whether the blob is there, whole.
  public func contains(_ id: BlobID) -> Bool { Files.status(path(id)) != nil }

  /// How many bytes the blob has. Throws `notFound`.
  public func size(of id: BlobID) throws(BlobError) -> Int {
    if let status = Files.status(path(id)) { return Int(status.st_size) }
    let error = SystemError("stat \(path(id))")
    throw error.code == ENOENT ? .notFound(id: id.rawValue) : BlobError(error)
  }

  /// Removes the blob; answers false when there was none. Those who have its file open may go on reading.
  @discardableResult
  public func remove(_ id: BlobID) throws(BlobError) -> Bool {
    let isInherited = state.withLock { state in
      state.missing.remove(id)
      return state.inherited.remove(id) != nil
    }
    guard !isInherited else { return true }
    guard unlink(ownPath(id)) != 0 else { return true }
    let error = SystemError("unlink \(ownPath(id))")
    guard error.code == ENOENT else { throw BlobError(error) }
    return false
  }

  /// Ends the store; a temporary one takes its directory along. Writers still at work will fail.
  public func close() {
    let lock = state.withLock { state in
      defer { (state.isClosed, state.lock) = (true, nil) }
      return state.lock
    }
    guard lock != nil, isTemporary else { return }
    Files.removeFlatDirectory(directory)
  }
}

// MARK: - The unfinished

extension BlobStore {
  /// Takes the name for a writer; false when another writer has it.
  private func begin(_ id: BlobID) throws(BlobError) -> Bool {
    let isNew: Bool? = state.withLock { state in state.isClosed ? nil : state.writing.insert(id).inserted }
    guard let isNew else { throw .closed }
    return isNew
  }

  /// Gives the name back.
  func end(_ id: BlobID) { state.withLock { _ = $0.writing.remove(id) } }

  var isClosed: Bool { state.withLock(\.isClosed) }

  /// Whether blobs outlive a crash.
  var isDurable: Bool { !isTemporary }

  func isWriting(_ id: BlobID) -> Bool { state.withLock { $0.writing.contains(id) } }

  /// What is in the directory, if there is one.
  func ownNames() throws(SystemError) -> [String] {
    base != nil && state.withLock({ $0.lock == nil }) ? [] : try Files.names(in: directory)
  }

  /// The blobs that are still where `base` has them.
  var inherited: Set<BlobID> { state.withLock(\.inherited) }

  /// Gives all blobs names in another directory.
  func share(with target: String) throws(SystemError) {
    try Self.share(ownNames(), of: directory, with: target)
    if let base { try Self.share(inherited.map { $0.rawValue + Self.finished }, of: base.directory, with: target) }
  }

  /// Gives those files of a directory that are blobs names in another. Where the two are on different disks the bytes are
  /// copied. A blob that was removed meanwhile had lost its row before, so that nobody will ask for it.
  static func share(_ names: [String], of directory: String, with target: String) throws(SystemError) {
    for name in names where name.hasSuffix(finished) {
      do throws(SystemError) {
        try give("\(directory)/\(name)", "\(target)/\(name)")
      } catch {
        guard error.code == ENOENT, Files.status("\(directory)/\(name)") == nil, Files.status(target) != nil else {
          throw error
        }
      }
    }
  }
}

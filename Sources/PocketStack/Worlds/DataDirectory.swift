import OpenStackAPI
import Persistence

/// The directory of a cloud that keeps its worlds on the disk, and the steps that change it.
///
/// A world or a snapshot is built in a directory aside, synced, and gets its place by one renaming; it loses its place in
/// the same way. A process that is killed leaves each as it was or as it was to become, and `recover` clears away the
/// rest.
///
///     <world>/                           a world: cloud.sqlite, blobs/, and world.json unless it is the configuration's
///     .worlds/<world>/origin/            the rows and bytes that a fork was made from, for going back to them
///     .worlds/<world>/snapshots/<name>/  the snapshots that belong to a world
///     .snapshots/<name>/                 the cloud's own snapshots: snapshot.json, cloud.sqlite, blobs/
///     .building/                         whatever is being built or removed
///     .replaced/<world>/                 a world while another takes its place
struct DataDirectory: Sendable {
  let path: String

  /// Rows, bytes and record of a world.
  func world(_ name: String) -> String { "\(path)/\(name)" }

  /// The rows and bytes that a fork was made from.
  func origin(of world: String) -> String { "\(belongings(of: world))/origin" }

  /// The directory of a snapshot: one of a world's own, or the cloud's.
  func snapshot(_ id: SnapshotID) -> String { "\(snapshots(of: id.owner))/\(id.name)" }

  /// The ids of all snapshots on the disk.
  var snapshotIDs: [SnapshotID] {
    get throws(File.Failure) {
      let owners: [String?] = [nil] + (try File.names(in: "\(path)/.worlds"))
      var ids: [SnapshotID] = []
      for owner in owners {
        ids += try File.names(in: snapshots(of: owner)).map { SnapshotID(owner: owner, name: $0) }
      }
      return ids
    }
  }

  /// The names of what may be a world.
  var worldNames: [String] {
    get throws(File.Failure) { try File.names(in: path).filter(WorldName.isValid) }
  }

  /// Whether a world was there and its rows are gone. None of ours is ever without: something else removed them.
  func isGutted(_ name: String) -> Bool {
    let rows = WorldImage.rows(in: world(name))
    let others = [rows + "-wal", WorldImage.bytes(in: world(name)), "\(world(name))/\(WorldRecord.file)"]
    return !File.exists(rows) && others.contains(where: File.exists)
  }

  private func snapshots(of owner: String?) -> String {
    owner.map { "\(belongings(of: $0))/snapshots" } ?? "\(path)/.snapshots"
  }

  /// What belongs to a world and stays when its rows are replaced.
  private func belongings(of world: String) -> String { "\(path)/.worlds/\(world)" }
  private var building: String { "\(path)/.building" }
  private func replaced(_ world: String) -> String { "\(path)/.replaced/\(world)" }
}

// MARK: - Steps

extension DataDirectory {
  /// Takes hold of the directory, which is made if need be; `nil` while another server has it.
  func lock() throws -> FileLock? {
    try File.makeDirectory(path)
    return try FileLock(path: "\(path)/.lock")
  }

  /// Keeps what a fork is made from, for going back to it.
  func keep(_ image: WorldImage, asOriginOf world: String) async throws -> WorldImage {
    let place = origin(of: world)
    try await build { directory in
      try image.write(to: directory)
      try self.place(directory, at: place)
    }
    return WorldImage(directory: SharedDirectory(place))
  }

  /// Lets `body` build something in a new directory, out of sight. What fails leaves nothing.
  func build<T>(_ body: (_ directory: String) async throws -> T) async throws -> T {
    let staged = "\(building)/\(Identifiers().hex())"
    do {
      try File.makeDirectory(staged)
      return try await body(staged)
    } catch {
      try? File.remove(staged)
      throw error
    }
  }

  /// Moves what was built to a place where nothing is.
  func place(_ staged: String, at place: String) throws(File.Failure) {
    try File.makeDirectory(File.parent(of: place))
    try File.syncDirectories(staged)
    try File.move(staged, to: place)
  }

  /// Takes what is at a place out of sight, whole and at once, and removes it. What is not there is fine.
  func discard(_ place: String) throws(File.Failure) {
    guard File.exists(place) else { return }
    let aside = "\(building)/\(Identifiers().hex())"
    try File.move(place, to: aside)
    // From here on it is gone for everybody; what resists now is cleared away at the next start.
    try? File.remove(aside)
  }

  /// Moves a world that was built into its place; the one that was there is kept until `finishReplacement`.
  func replace(_ world: String, with staged: String) throws(File.Failure) {
    try discard(replaced(world))
    if File.exists(self.world(world)) {
      try File.makeDirectory("\(path)/.replaced")
      try File.move(self.world(world), to: replaced(world))
    }
    do throws(File.Failure) {
      try place(staged, at: self.world(world))
    } catch {
      try undoReplacement(of: world)
      throw error
    }
  }

  /// Removes the world that was replaced.
  func finishReplacement(of world: String) { try? discard(replaced(world)) }

  /// Puts the world that was replaced back.
  func undoReplacement(of world: String) throws(File.Failure) {
    guard File.exists(replaced(world)) else { return try discard(self.world(world)) }
    try discard(self.world(world))
    try File.move(replaced(world), to: self.world(world))
  }

  /// Removes a world with all that belongs to it.
  func remove(_ world: String) throws(File.Failure) {
    try discard(self.world(world))
    try discard(belongings(of: world))
  }
}

// MARK: - After a kill

extension DataDirectory {
  /// Undoes or finishes what an earlier run left half done, and removes what belongs to no world. To be called while
  /// nobody else has the directory.
  func recover(configured: [String]) throws {
    for name in try File.names(in: "\(path)/.replaced") {
      // Only while it is moved is the world itself not there.
      if File.exists(world(name)) { finishReplacement(of: name) } else { try undoReplacement(of: name) }
    }
    for name in try worldNames { try adoptOrigin(of: name) }
    for name in try File.names(in: "\(path)/.worlds") where !configured.contains(name) && !File.exists(world(name)) {
      try discard(belongings(of: name))
    }
    for id in try snapshotIDs where Snapshot.isHalf(in: snapshot(id)) { try discard(snapshot(id)) }
    // It stays, so that a full disk has room for it: there is nothing that could be removed without.
    try File.remove(building)
    try File.makeDirectory(building)
    for name in [".replaced", ".worlds"] { File.removeIfEmpty("\(path)/\(name)") }
  }

  /// Earlier versions kept what a fork was made from inside its world.
  private func adoptOrigin(of world: String) throws(File.Failure) {
    let old = "\(self.world(world))/origin"
    guard File.exists(old), !File.exists(origin(of: world)) else { return }
    try File.makeDirectory(belongings(of: world))
    try File.move(old, to: origin(of: world))
  }
}

// MARK: - Incarnations

extension DataDirectory {
  private var incarnationFile: String { "\(path)/.incarnations" }

  /// How many worlds with a seed each name has had, which the last one's files no longer tell once it is deleted.
  /// Without that number a world could have the secrets of one before it.
  func incarnations() throws -> [String: Int] {
    guard let bytes = try File.readIfThere(incarnationFile) else { return [:] }
    guard let members = (try? JSON(parsing: bytes))?.object?.members else {
      throw CloudError.record(
        incarnationFile, reason: "the file is damaged; remove it if no token of a world with a seed is out any more")
    }
    return Dictionary(members.compactMap { name, value in value.integer.map { (name, $0) } }) { first, _ in first }
  }

  func keepIncarnations(_ incarnations: [String: Int]) throws(File.Failure) {
    let members = incarnations.sorted { $0.key < $1.key }.map { ($0.key, JSON.integer($0.value)) }
    try File.write(JSON.object(JSONObject(members)).jsonText, to: incarnationFile)
  }
}

import OpenStackAPI

/// Takes a snapshot's archive apart into the files of a directory, piece by piece as they come.
struct ArchiveReader {
  private let directory: String
  private let next: () async throws -> [UInt8]?
  /// How many bytes it may have in all, and how many of them are still to come at most.
  private let limit: Int
  private var room: Int
  /// What has come and is not used yet.
  private var pending: ArraySlice<UInt8> = []

  /// Files go into `directory`, which must be there; `next` gives the pieces of the archive, `nil` at its end.
  init(into directory: String, limit: Int, _ next: @escaping () async throws -> [UInt8]?) {
    (self.directory, self.next, self.limit, room) = (directory, next, limit, limit)
  }

  /// Reads the whole archive; throws a fault that says what is wrong with it.
  mutating func run() async throws {
    try File.makeDirectory(directory + "/blobs")
    while true {
      let head = try await take(TarEntry.blockSize)
      if head.allSatisfy({ $0 == 0 }) { break }
      guard let entry = TarEntry(head: head), SnapshotArchive.knows(entry.name) else {
        throw Self.broken("it holds something that no snapshot has")
      }
      guard entry.size - pending.count <= room else { throw tooLarge }
      guard entry.name != SnapshotArchive.facts || entry.size <= SnapshotArchive.longestFacts else {
        throw Self.broken("its \(entry.name) is too long")
      }
      try await write(entry)
    }
    // The rest is the archive's ending.
    while try await piece() != nil {}
    for name in [SnapshotArchive.facts, SnapshotArchive.rows] where !File.exists("\(directory)/\(name)") {
      throw Self.broken("it holds no \(name)")
    }
  }

  private mutating func write(_ entry: TarEntry) async throws {
    let path = "\(directory)/\(entry.name)"
    guard !File.exists(path) else { throw Self.broken("it holds \(entry.name) twice") }
    let file = try BlockingFile(creating: path)
    var left = entry.size
    while left > 0 {
      try await fill()
      let piece = pending.prefix(left)
      pending = pending.dropFirst(piece.count)
      left -= piece.count
      try await file.write(Array(piece))
    }
    try await file.sync()
    _ = try await take(entry.padding)
  }

  private mutating func take(_ count: Int) async throws -> [UInt8] {
    var taken: [UInt8] = []
    while taken.count < count {
      try await fill()
      let piece = pending.prefix(count - taken.count)
      pending = pending.dropFirst(piece.count)
      taken += piece
    }
    return taken
  }

  /// Waits until something is pending.
  private mutating func fill() async throws {
    while pending.isEmpty {
      guard let piece = try await piece() else { throw Self.broken("it ends too early") }
      pending = piece[...]
    }
  }

  private mutating func piece() async throws -> [UInt8]? {
    guard let piece = try await next() else { return nil }
    guard piece.count <= room else { throw tooLarge }
    room -= piece.count
    return piece
  }

  private var tooLarge: Fault {
    Fault(413, "The archive has more than \(limit) bytes (fixture.max_import_bytes).", reason: .limit)
  }

  static func broken(_ what: String) -> Fault { .badRequest("This is no snapshot: \(what).", reason: .syntax) }
}

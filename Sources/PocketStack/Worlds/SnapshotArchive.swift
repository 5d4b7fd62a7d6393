import Glibc
import OpenStackAPI
import Persistence

/// A snapshot as a tar archive: `snapshot.json`, `cloud.sqlite` and `blobs/<id>.blob`, in any order.
enum SnapshotArchive {
  static let facts = "snapshot.json"
  static let rows = "cloud.sqlite"
  /// How many bytes the facts have at most.
  static let longestFacts = 65_536
  private static let bytes = "blobs/"
  private static let ending = ".blob"

  static func name(of id: BlobID) -> String { bytes + id.rawValue + ending }

  /// Whether a snapshot can hold a file of this name. No other is ever written, wherever it would lead.
  static func knows(_ name: String) -> Bool {
    if name == facts || name == rows { return true }
    guard name.hasPrefix(bytes), name.hasSuffix(ending) else { return false }
    return BlobID(rawValue: String(name.dropFirst(bytes.count).dropLast(ending.count))) != nil
  }
}

extension Snapshot {
  /// The archive, as it is written to whoever asked for it. Its rows become a file under TMPDIR, for nobody else to read:
  /// before the answer begins, so that a disk without room for them is told of.
  func archive() throws -> SnapshotFile {
    let scratch = ScratchFile()
    _ = try BlockingFile(creating: scratch.path)
    try image.database.write(to: scratch.path)
    let facts = Array(facts.json.jsonText.utf8)
    let rows = TarEntry(name: SnapshotArchive.rows, size: try image.rowBytes())
    let blobs = try image.blobs.blobs().map { blob in
      (entry: TarEntry(name: SnapshotArchive.name(of: blob.id), size: blob.bytes), id: blob.id)
    }
    let head = TarEntry(name: SnapshotArchive.facts, size: facts.count)
    let length = ([head, rows] + blobs.map(\.entry)).reduce(TarEntry.end.count) {
      $0 + TarEntry.blockSize + $1.size + $1.padding
    }
    return SnapshotFile(length: length) { [image] send in
      try await send(head.head + facts + [UInt8](repeating: 0, count: head.padding))
      try await Self.send(rows, from: scratch.path, send)
      // Whoever has the image keeps its files from going while they are read.
      for blob in blobs { try await Self.send(blob.entry, from: image.blobs.path(blob.id), send) }
      try await send(TarEntry.end)
    }
  }

  private static func send(
    _ entry: TarEntry, from path: String, _ send: @Sendable ([UInt8]) async throws -> Void
  ) async throws {
    try await send(entry.head)
    let file = try BlockingFile(reading: path)
    var left = entry.size
    while left > 0 {
      let piece = try await file.read(atMost: min(left, 256 * 1024))
      guard !piece.isEmpty else { throw File.Failure(code: EIO) }
      left -= piece.count
      try await send(piece)
    }
    if entry.padding > 0 { try await send([UInt8](repeating: 0, count: entry.padding)) }
  }
}

import CSQLite

/// All pages of a database, one after the other, as a file would hold them (<https://sqlite.org/c3ref/serialize.html>).
///
/// They never change. Databases in memory that begin with them share them, and get a copy of a page once they change it.
final class DatabasePages: Sendable {
  private let file: MemoryFile

  /// So far a database can grow that shares its first pages. It is a range of addresses only, until it is used.
  private static let room = 16 << 30

  /// A copy of what `source` sees.
  init(of source: Connection) throws(DatabaseError) {
    var count: sqlite3_int64 = 0
    guard let pages = sqlite3_serialize(source.handle, "main", &count, 0) else {
      throw .exhausted(reason: "no pages")
    }
    defer { sqlite3_free(pages) }
    // A file that keeps a WAL says so (<https://sqlite.org/fileformat2.html#file_format_version_numbers>), and pages in
    // memory could not be opened as such.
    if count > 19 { (pages[18], pages[19]) = (1, 1) }
    do throws(SystemError) {
      file = try MemoryFile(UnsafeRawBufferPointer(start: pages, count: Int(count)))
    } catch {
      throw .exhausted(reason: "\(error)")
    }
  }

  /// Makes a connection that was just opened one to a database of its own that begins with the pages.
  func begin(_ target: Connection) throws(DatabaseError) {
    if let memory = try? MemoryMapping(copyOf: file, room: Self.room) {
      try open(memory, in: target, 0)
    } else {
      // Where so many addresses are not to be had (setrlimit(2), RLIMIT_AS).
      try copy(into: target)
    }
  }

  private func copy(into target: Connection) throws(DatabaseError) {
    let memory = try mapping()
    guard let bytes = sqlite3_malloc64(UInt64(file.count)) else {
      throw .exhausted(reason: "no memory for \(file.count) bytes")
    }
    bytes.copyMemory(from: memory.start, byteCount: file.count)
    try open(bytes, memory.count, in: target, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)
    var limit = Int64.max
    sqlite3_file_control(target.handle, "main", SQLITE_FCNTL_SIZE_LIMIT, &limit)
  }

  /// Makes a connection that was just opened read the pages.
  func lend(to target: Connection) throws(DatabaseError) {
    try open(mapping(), in: target, SQLITE_DESERIALIZE_READONLY)
  }

  private func mapping() throws(DatabaseError) -> MemoryMapping {
    do throws(SystemError) { return try MemoryMapping(of: file) } catch {
      throw .exhausted(reason: "\(error)")
    }
  }

  private func open(_ memory: MemoryMapping, in target: Connection, _ flags: Int32) throws(DatabaseError) {
    target.memory = memory
    try open(memory.start, memory.count, in: target, flags)
  }

  /// Nobody else changes the pages, so that what a connection has read of them stays true.
  private func open(_ bytes: UnsafeMutableRawPointer, _ room: Int, in target: Connection, _ flags: Int32)
    throws(DatabaseError)
  {
    let code = sqlite3_deserialize(
      target.handle, "main", bytes.assumingMemoryBound(to: UInt8.self), Int64(file.count), Int64(room), UInt32(flags))
    guard code == SQLITE_OK else { throw .last(target.handle, code: code, sql: "deserialize") }
    try target.script("PRAGMA locking_mode = EXCLUSIVE")
  }
}

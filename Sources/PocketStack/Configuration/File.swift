import Glibc
import OpenStackAPI
import Persistence

/// The few things that are done with files here.
package enum File {
  /// What the system said.
  package struct Failure: StorageError, CustomStringConvertible {
    let code: Int32
    package var description: String { String(cString: strerror(code)) }
    package var trouble: StorageTrouble? { StorageTrouble(errno: code) }
    /// Whether all that is wrong is that there is no such file.
    var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
  }

  /// All bytes of a file.
  package static func read(_ path: String) throws(Failure) -> [UInt8] {
    guard let file = fopen(path, "re") else { throw Failure(code: errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      bytes += chunk[..<count]
      guard count == chunk.count else { break }
    }
    guard ferror(file) == 0 else { throw Failure(code: errno) }
    return bytes
  }

  /// All bytes of a file; `nil` where there is none.
  static func readIfThere(_ path: String) throws(Failure) -> [UInt8]? {
    do {
      return try read(path)
    } catch {
      guard error.isAbsence else { throw error }
      return nil
    }
  }

  /// Whether there is a file or a directory. One that the system only does not let us see is there: nothing is to take its
  /// place.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 || !Failure(code: errno).isAbsence }

  /// Writes a text under a temporary name and gives it its own once it is on the disk.
  package static func write(_ text: String, to path: String) throws(Failure) {
    let partial = path + ".partial"
    guard let file = fopen(partial, "we") else { throw Failure(code: errno) }
    let isWritten = fputs(text, file) >= 0 && fflush(file) == 0 && fsync(fileno(file)) == 0
    let code = errno
    fclose(file)
    guard isWritten else { throw Failure(code: code) }
    guard rename(partial, path) == 0 else { throw Failure(code: errno) }
  }

  /// The names in a directory, in order, without those that begin with a dot; none where there is no directory.
  static func names(in path: String) throws(Failure) -> [String] {
    do {
      return try allNames(in: path).filter { !$0.hasPrefix(".") }.sorted()
    } catch {
      guard error.isAbsence else { throw error }
      return []
    }
  }

  /// All names in a directory, but for `.` and `..`.
  static func allNames(in path: String) throws(Failure) -> [String] {
    guard let directory = opendir(path) else { throw Failure(code: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    // The end and a failure look alike but for errno.
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw Failure(code: errno) }
    return names
  }

  /// The directory that a file or directory is in.
  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return String(path[..<slash])
  }

  /// Gives a file or a directory another place on the same disk, durably.
  static func move(_ path: String, to place: String) throws(Failure) {
    guard rename(path, place) == 0 else { throw Failure(code: errno) }
    try sync(parent(of: place))
    if parent(of: place) != parent(of: path) { try sync(parent(of: path)) }
  }

  /// Makes the names in a directory, and in those right inside it, as durable as the files.
  static func syncDirectories(_ path: String) throws(Failure) {
    for name in try allNames(in: path) where isDirectory("\(path)/\(name)") { try sync("\(path)/\(name)") }
    try sync(path)
  }

  /// Returns when a file, or what a directory names, is on the disk.
  static func sync(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure(code: errno) }
  }

  static func isDirectory(_ path: String) -> Bool {
    var facts = stat()
    return lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  /// How many bytes a file has; `nil` where there is none.
  static func size(_ path: String) -> Int? {
    var facts = stat()
    return stat(path, &facts) == 0 ? Int(facts.st_size) : nil
  }

  /// When a file, or the names in a directory, last changed; `nil` where there is none.
  static func changed(_ path: String) -> Timestamp? {
    var facts = stat()
    return stat(path, &facts) == 0 ? Timestamp(seconds: facts.st_mtim.tv_sec) : nil
  }

  /// Removes a directory in which nothing is.
  static func removeIfEmpty(_ path: String) { rmdir(path) }

  /// Makes a directory and those above it, for nobody else to read; one that is there already is fine.
  static func makeDirectory(_ path: String) throws(Failure) {
    var reached = path.hasPrefix("/") ? "/" : ""
    for name in path.split(separator: "/") {
      reached += "\(name)/"
      guard mkdir(reached, 0o700) == 0 || errno == EEXIST else { throw Failure(code: errno) }
    }
    var facts = stat()
    guard stat(path, &facts) == 0 else { throw Failure(code: errno) }
    guard facts.st_mode & S_IFMT == S_IFDIR else { throw Failure(code: ENOTDIR) }
  }

  /// Removes a file or a directory with all that is in it; what is not there is fine.
  package static func remove(_ path: String) throws(Failure) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else { throw Failure(code: errno) }
    for name in try allNames(in: path) { try remove("\(path)/\(name)") }
    guard rmdir(path) == 0 else { throw Failure(code: errno) }
  }
}

/// A place in a text as people count it.
struct TextPosition: CustomStringConvertible {
  let line: Int
  let column: Int

  init(of offset: Int, in text: [UInt8]) {
    let before = text.prefix(offset)
    line = before.count { $0 == UInt8(ascii: "\n") } + 1
    column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0) + 1
  }

  var description: String { "line \(line), column \(column)" }
}

import Glibc

/// The few things that are done with files here.
enum File {
  /// What the system said.
  struct Failure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { String(cString: strerror(code)) }
  }

  /// All bytes of a file.
  static func read(_ path: String) throws(Failure) -> [UInt8] {
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
  static func remove(_ path: String) throws(Failure) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM, let directory = opendir(path) else { throw Failure(code: errno) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { name in
          name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        })
    }
    closedir(directory)
    for name in names where name != "." && name != ".." { try remove("\(path)/\(name)") }
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

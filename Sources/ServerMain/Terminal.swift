import Glibc

/// What people and scripts read: answers on stdout, complaints on stderr.
enum Terminal {
  /// A line, or several, on stdout, at once.
  static func say(_ text: String) {
    print(text)
    fflush(nil)
  }

  /// A line on stderr.
  static func complain(_ text: String, prefix: String = "pocketstack: ") {
    write(Array("\(prefix)\(text)\n".utf8), to: STDERR_FILENO)
  }

  /// All bytes in one call where the system takes them, so that lines of several threads do not mix.
  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
    }
  }

  /// Writes a file that is never seen half written.
  static func writeFile(_ path: String, _ text: String) throws {
    let temporary = "\(path).\(getpid())"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw CommandFailure(description: "\(path): \(String(cString: strerror(errno)))") }
    write(Array(text.utf8), to: descriptor)
    close(descriptor)
    guard rename(temporary, path) == 0 else {
      throw CommandFailure(description: "\(path): \(String(cString: strerror(errno)))")
    }
  }
}

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
}

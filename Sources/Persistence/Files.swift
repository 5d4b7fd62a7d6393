import Glibc

/// The few system calls that blobs need.
enum Files {
  /// Makes a directory that only this user may enter; one that exists will do.
  static func makeDirectory(_ path: String) throws(SystemError) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw SystemError("mkdir \(path)") }
    guard let status = status(path), status.st_mode & S_IFMT == S_IFDIR else {
      throw SystemError("mkdir \(path)", code: ENOTDIR)
    }
  }

  /// The names in a directory, without `.` and `..`.
  static func names(in path: String) throws(SystemError) -> [String] {
    guard let directory = opendir(path) else { throw SystemError("opendir \(path)") }
    defer { closedir(directory) }
    var names: [String] = []
    // The end and a failure look alike but for errno.
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else { throw SystemError("readdir \(path)") }
    return names
  }

  /// What the system knows of a file, or nil. A symbolic link is not followed.
  static func status(_ path: String) -> stat? {
    var result = stat()
    return lstat(path, &result) == 0 ? result : nil
  }

  /// Writes all of `bytes`, however often the system takes only a part.
  static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done) }
      if count > 0 { done += count } else if count == 0 || errno != EINTR { throw SystemError("write \(path)") }
    }
  }

  /// Copies a file's bytes into a new file, without taking them through this process.
  static func copy(_ source: String, to target: String) throws(SystemError) {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw SystemError("open \(source)") }
    defer { close(input) }
    let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw SystemError("open \(target)") }
    defer { close(output) }
    while true {
      let count = sendfile(output, input, nil, 1 << 30)
      if count == 0 { break }
      if count < 0, errno != EINTR { throw SystemError("sendfile \(target)") }
    }
    guard fsync(output) == 0 else { throw SystemError("fsync \(target)") }
  }

  /// Makes the names in a directory as durable as the files.
  static func syncDirectory(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open \(path)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync \(path)") }
  }

  /// Removes a directory of plain files; whatever resists stays.
  static func removeFlatDirectory(_ path: String) {
    for name in (try? names(in: path)) ?? [] { unlink(path + "/" + name) }
    rmdir(path)
  }
}

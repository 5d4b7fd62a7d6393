import Glibc

/// A file that is written aside and gets its name once it is whole and on the disk.
///
///     try OutputFile.write("base.tar", .forOwner) { write in try write(bytes) }
enum OutputFile {
  /// Who may read a file.
  enum Access: mode_t {
    /// Its owner alone: it holds secrets.
    case forOwner = 0o600
    case forAll = 0o644
  }

  /// Writes what `body` hands over. With `replacing` a file of that name is replaced, otherwise it is refused.
  static func write(
    _ path: String, _ access: Access, replacing: Bool = false,
    _ body: (@escaping ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    let partial = "\(path).\(getpid()).partial"
    if !replacing, Glibc.access(path, F_OK) == 0 {
      errno = EEXIST
      throw CommandFailure.system(path)
    }
    unlink(partial)
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, access.rawValue)
    guard descriptor >= 0 else { throw CommandFailure.system(path) }
    defer { unlink(partial) }
    do {
      defer { close(descriptor) }
      try body { bytes in try append(bytes, to: descriptor, path) }
      guard fsync(descriptor) == 0 || errno == EINVAL else { throw CommandFailure.system(path) }
    }
    guard name(partial, path, replacing) else { throw CommandFailure.system(path) }
  }

  /// A second name is only taken where nobody has it; file systems without second names are trusted not to have two who
  /// want it at the same moment.
  private static func name(_ partial: String, _ path: String, _ replacing: Bool) -> Bool {
    if !replacing {
      if link(partial, path) == 0 { return true }
      guard errno == EPERM || errno == EOPNOTSUPP else { return false }
    }
    return rename(partial, path) == 0
  }

  private static func append(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { throw CommandFailure.system(path) }
      rest = rest.dropFirst(max(0, count))
    }
  }
}

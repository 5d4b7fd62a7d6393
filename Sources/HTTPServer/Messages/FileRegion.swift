import Glibc

/// Why a file could not be opened for sending.
public struct HTTPFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path asked for.
  public var path: String
  /// The system's error number.
  public var code: Int32
  /// A sentence for the log.
  public var description: String { "\(path): \(String(cString: strerror(code)))" }
}

/// A regular file open for reading, closed with the last reference.
public final class OpenFile: Sendable {
  /// The descriptor; it stays open as long as this object lives.
  public let descriptor: Int32
  /// The file's size in bytes when it was opened.
  public let size: Int

  /// Opens a regular file for reading; anything else is refused.
  public init(path: String) throws(HTTPFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw HTTPFileError(path: path, code: errno) }
    var facts = stat()
    let known = fstat(descriptor, &facts) == 0
    guard known, facts.st_mode & S_IFMT == S_IFREG else {
      let code = known ? EISDIR : errno
      close(descriptor)
      throw HTTPFileError(path: path, code: code)
    }
    self.descriptor = descriptor
    size = Int(facts.st_size)
  }

  deinit {
    close(descriptor)
  }
}

/// A stretch of bytes of a file, to be sent as a body.
public struct FileRegion: Sendable {
  enum Source: Sendable {
    case path(String)
    case open(OpenFile)
  }

  let source: Source
  /// The first byte to send, counted from 0.
  public let offset: Int
  /// How many bytes to send.
  public let length: Int

  /// A part of the file at `path`, opened just before the head is sent; if that fails, or the file is too short, the
  /// client gets a 500. Open the file yourself to answer otherwise.
  public init(path: String, offset: Int, length: Int) {
    source = .path(path)
    self.offset = offset
    self.length = length
  }

  /// A part of an open file, all of it by default.
  public init(_ file: OpenFile, offset: Int = 0, length: Int? = nil) {
    source = .open(file)
    self.offset = offset
    self.length = length ?? max(0, file.size - offset)
  }

  /// The open file, if the region lies within it.
  func opened() throws(HTTPFileError) -> OpenFile {
    let file: OpenFile
    var name = "file"
    switch source {
    case .path(let path):
      name = path
      file = try OpenFile(path: path)
    case .open(let open):
      file = open
    }
    guard offset >= 0, length >= 0, offset <= file.size, length <= file.size - offset else {
      throw HTTPFileError(path: name, code: EINVAL)
    }
    return file
  }
}

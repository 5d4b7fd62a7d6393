import Glibc

/// A system call that failed, with what it was about.
public struct SystemError: Error, CustomStringConvertible {
  /// The system's number for it, as in errno(3).
  public let code: Int32
  /// What was tried.
  public let action: String

  init(_ action: String, code: Int32 = errno) {
    self.code = code
    self.action = action
  }

  /// What was tried, and what the system said.
  public var description: String { "\(action): \(strerror(code).map { String(cString: $0) } ?? "error \(code)")" }
}

import Glibc

/// A system call that failed, with what it was about.
struct SystemError: Error, CustomStringConvertible {
  let code: Int32
  let action: String

  init(_ action: String, code: Int32 = errno) {
    self.code = code
    self.action = action
  }

  var description: String { "\(action): \(strerror(code).map { String(cString: $0) } ?? "error \(code)")" }
}

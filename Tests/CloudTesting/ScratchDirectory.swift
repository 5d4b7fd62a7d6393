import Glibc

/// A directory that goes away with the test.
public final class ScratchDirectory: Sendable {
  /// Where it is.
  public let path: String

  /// Makes it.
  public init() throws {
    var template = Array("/tmp/pocketstack-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw TestFailure("no scratch directory") }
    path = String(cString: made)
  }

  deinit { Self.remove(path) }

  private static func remove(_ path: String) {
    if let directory = opendir(path) {
      var names: [String] = []
      while let entry = readdir(directory) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
      }
      closedir(directory)
      for name in names where name != "." && name != ".." { remove(path + "/" + name) }
      rmdir(path)
    } else {
      unlink(path)
    }
  }
}

import Dispatch
import Glibc

extension BlobStore {
  /// Gives a blob's bytes a second name, durably. Each goes by itself: the bytes stay until the last name is gone. Where
  /// the file system gives a file no more names the bytes are copied. Throws `notFound`, `exists`, `noSpace`, `closed`.
  public func copy(_ id: BlobID, as copy: BlobID) async throws {
    guard !isClosed else { throw BlobError.closed }
    guard !contains(copy) else { throw BlobError.exists(id: copy.rawValue) }
    try makeDirectory()
    let (source, target, directory, isDurable) = (path(id), ownPath(copy), self.directory, isDurable)
    let failure: SystemError? = await withCheckedContinuation { continuation in
      DispatchQueue.global(qos: .utility).async {
        do throws(SystemError) {
          try Self.give(source, target)
          if isDurable { try Files.syncDirectory(directory) }
          continuation.resume(returning: nil)
        } catch {
          continuation.resume(returning: error)
        }
      }
    }
    switch failure?.code {
    case nil: break
    case ENOENT: throw BlobError.notFound(id: id.rawValue)
    case EEXIST: throw BlobError.exists(id: copy.rawValue)
    default: if let failure { throw BlobError(failure) }
    }
  }

  /// Gives a file another name, or copies it.
  static func give(_ old: String, _ new: String) throws(SystemError) {
    guard link(old, new) != 0 else { return }
    guard errno == EXDEV || errno == EMLINK || errno == EPERM else { throw SystemError("link \(old)") }
    try Files.copy(old, to: new)
  }
}

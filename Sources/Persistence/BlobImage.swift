import Glibc

/// All blobs of a store as they were at one moment. They share their bytes with the store (hard links), so that an image
/// takes no room; a blob never changes, and its bytes are there until the last name is gone.
public final class BlobImage: Sendable {
  /// Where the files are.
  public let directory: String
  /// Whether it goes with this object; else it may go at any time.
  let isTemporary: Bool

  /// The image that an earlier program left in a directory.
  public init(directory: String) { (self.directory, isTemporary) = (directory, false) }

  /// An image of a store in a new directory; without one under TMPDIR, from where it goes with this object.
  init(of store: BlobStore, in given: String?) throws(SystemError) {
    isTemporary = given == nil
    directory = given ?? TemporaryDirectory.newPath()
    try Files.makeDirectory(directory)
    try store.share(with: directory)
    if !isTemporary { try Files.syncDirectory(directory) }
  }

  deinit { if isTemporary { Files.removeFlatDirectory(directory) } }

  /// The blobs, by name, with their sizes in bytes.
  public func blobs() throws(BlobError) -> [(id: BlobID, bytes: Int)] {
    try ids().map { ($0, Files.status(path($0)).map { Int($0.st_size) } ?? 0) }
  }

  /// The names of the blobs, in order.
  func ids() throws(BlobError) -> [BlobID] {
    do throws(SystemError) {
      return try Files.names(in: directory).filter { $0.hasSuffix(BlobStore.finished) }.sorted()
        .compactMap { BlobID(rawValue: String($0.dropLast(BlobStore.finished.count))) }
    } catch {
      throw BlobError(error)
    }
  }

  /// Gives the blobs names in another directory too, which must be there.
  public func share(with other: String) throws(BlobError) {
    do throws(SystemError) {
      try BlobStore.share(Files.names(in: directory), of: directory, with: other)
    } catch {
      throw BlobError(error)
    }
  }

  /// Where a blob's bytes are.
  public func path(_ id: BlobID) -> String { "\(directory)/\(id.rawValue)\(BlobStore.finished)" }
}

extension BlobStore {
  /// All blobs as they are. To be called while nobody removes any.
  public func image(in directory: String? = nil) throws(BlobError) -> BlobImage {
    do throws(SystemError) { return try BlobImage(of: self, in: directory) } catch { throw BlobError(error) }
  }
}

import Glibc

/// What a sweep took away.
public struct BlobSweep: Sendable, Equatable {
  /// Files removed.
  public var files = 0
  /// Their bytes.
  public var bytes = 0
}

extension BlobStore {
  /// Removes unfinished files and the blobs that `isOwned` denies. To be called at start, before anyone serves: a blob
  /// whose row is still to come has no owner either. Blobs that are being written are left alone. Those of `expected` that
  /// are not there are `missing` from then on.
  @discardableResult
  public func sweep(
    expecting expected: Set<BlobID> = [], keeping isOwned: (BlobID) throws -> Bool
  ) throws -> BlobSweep {
    var swept = BlobSweep()
    do {
      let names = try ownNames()
      note(missing: expected.subtracting(names.compactMap(Self.blob)).subtracting(inherited))
      for name in names where try isLeftover(name, isOwned) {
        let path = "\(directory)/\(name)"
        let size = Files.status(path).map { Int($0.st_size) } ?? 0
        guard unlink(path) == 0 else { throw SystemError("unlink \(path)") }
        swept.files += 1
        swept.bytes += size
      }
      for id in inherited where try !isOwned(id) {
        swept.files += 1
        swept.bytes += try size(of: id)
        try remove(id)
      }
      return swept
    } catch let error as SystemError {
      throw BlobError(error)
    }
  }

  /// The same with the owned blobs as a set.
  @discardableResult
  public func sweep(keeping owned: Set<BlobID>) throws -> BlobSweep { try sweep { owned.contains($0) } }

  private static func blob(_ name: String) -> BlobID? {
    name.hasSuffix(finished) ? BlobID(rawValue: String(name.dropLast(finished.count))) : nil
  }

  /// A file that is neither a blob nor unfinished is not ours to judge.
  private func isLeftover(_ name: String, _ isOwned: (BlobID) throws -> Bool) throws -> Bool {
    guard let dot = name.lastIndex(of: "."), let id = BlobID(rawValue: String(name[..<dot])) else { return false }
    switch name[dot...] {
    case Self.finished[...]: return try !isOwned(id)
    case Self.unfinished[...]: return !isWriting(id)
    default: return false
    }
  }
}

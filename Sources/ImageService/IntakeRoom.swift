import Dispatch
import Locking
import Persistence

/// How much memory the uploads of a world take between them.
///
/// Each chunk wakes several threads, whatever its size, and those do not take turns evenly: large chunks, and some in
/// reserve, make one or two uploads fast; small ones keep many small.
final class IntakeRoom: Sendable {
  private static let all = 1 << 20
  private static let chunks = BlobWriter.bufferLimit...512 << 10

  private let uploads = Locked((now: 0, ever: 0))
  /// Two digests go on at once; more threads would only take turns.
  private let queues = (0..<2).map { DispatchQueue(label: "image.digest.\($0)") }

  /// The share of one more upload, for as long as somebody holds it.
  func makeShare() -> IntakeShare {
    let number = uploads.withLock { uploads in
      uploads = (uploads.now + 1, uploads.ever + 1)
      return uploads.ever
    }
    // The digests are not equally slow: every other upload has them the other way round.
    return IntakeShare(self, number.isMultiple(of: 2) ? (queues[0], queues[1]) : (queues[1], queues[0]))
  }

  fileprivate var chunk: Int {
    let share = Self.all / max(uploads.withLock(\.now), 1)
    return min(max(share, Self.chunks.lowerBound), Self.chunks.upperBound)
  }

  fileprivate var depth: Int { chunk == Self.chunks.upperBound ? 6 : 1 }

  fileprivate func leave() { uploads.withLock { $0.now -= 1 } }
}

/// One upload's part of the room, which gets smaller as more come.
final class IntakeShare: Sendable {
  private let room: IntakeRoom
  /// Where its digests are computed.
  let queues: (DispatchQueue, DispatchQueue)

  fileprivate init(_ room: IntakeRoom, _ queues: (DispatchQueue, DispatchQueue)) {
    (self.room, self.queues) = (room, queues)
  }

  deinit { room.leave() }

  /// How many bytes to gather before they are passed on.
  var chunk: Int { room.chunk }

  /// How many chunks may be in work at once.
  var depth: Int { room.depth }
}

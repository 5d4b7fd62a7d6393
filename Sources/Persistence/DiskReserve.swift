import Glibc
import Locking

/// Room on the disk that is kept for removing things when nothing else is left: a file of no content, which shrinks when
/// a write that makes room finds none, and grows again once there is room.
///
///     let reserve = DiskReserve(path: data + "/.reserve")
///     try await DiskReserve.spend { try await database.write { try $0.execute("DELETE FROM images") } }
public final class DiskReserve: Sendable {
  /// Whether the writes of this task may take from the reserve.
  @TaskLocal static var isOpen = false

  /// How large it is when it is whole, in bytes.
  public static let size = 1 << 20
  private static let step = 1 << 16

  private struct State {
    /// How many bytes the file has.
    var held = 0
    /// How many writes are using what it had.
    var borrowers = 0
  }

  private let path: String
  /// The lock also lets one thread at a time change the file.
  private let state: Locked<State>

  /// The reserve in a file, which an earlier run may have left. The first write makes it whole.
  public init(path: String) {
    self.path = path
    var facts = stat()
    let held = stat(path, &facts) == 0 ? min(Int(facts.st_blocks) * 512, Self.size) : 0
    state = Locked(State(held: held / Self.step * Self.step))
  }

  /// Lets the writes of `body` take from the reserve: what removes something, or ends what was begun.
  public static func spend<T>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
  ) async rethrows -> T {
    try await $isOpen.withValue(true, operation: body)
  }

  /// Whether all of it is there.
  var isWhole: Bool { state.withLock { $0.held >= Self.size } }

  /// Runs a write that has found no room, with the room that is held, and takes back what it leaves.
  func lend<T>(to body: () -> T) -> T {
    state.withLock { state in
      state.borrowers += 1
      guard state.held > 0 else { return }
      state.held = 0
      truncate(path, 0)
    }
    defer {
      state.withLock { $0.borrowers -= 1 }
      fill()
    }
    return body()
  }

  /// Takes as much as there is, up to its size; false if the disk has not so much.
  @discardableResult
  func fill() -> Bool {
    state.withLock { state in
      guard state.held < Self.size else { return true }
      guard state.borrowers == 0 else { return false }
      let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return StorageTrouble(errno: errno) != .full }
      defer { close(descriptor) }
      return grow(descriptor, &state.held)
    }
  }

  private func grow(_ descriptor: Int32, _ held: inout Int) -> Bool {
    while held < Self.size {
      let code = posix_fallocate(descriptor, off_t(held), off_t(Self.step))
      guard code == 0 else {
        // What failed may have left a part of itself.
        ftruncate(descriptor, off_t(held))
        return StorageTrouble(errno: code) != .full
      }
      held += Self.step
    }
    return true
  }
}

import Locking
import OpenStackAPI

/// The marks of one world, kept in memory for as long as the world is what it is: a reset or a restore forgets them.
final class Marks: Sendable {
  private struct State {
    /// In the order in which they were made.
    var marks: [Mark] = []
    var made = 0
  }

  /// How many there may be.
  static let most = 1000
  /// How many bytes they may take together.
  static let mostBytes = 32 << 20

  private let state = Locked(State())

  /// The marks of a world.
  static func of(_ world: World) -> Marks { world.remembered { Marks() } }

  /// All of them, the oldest first.
  var all: [Mark] { state.withLock(\.marks) }

  /// A name that no mark has.
  func newName() -> String {
    state.withLock { state in
      repeat { state.made += 1 } while state.marks.contains { $0.name == "mark-\(state.made)" }
      return "mark-\(state.made)"
    }
  }

  /// Refuses a name that a mark has, and one mark too many.
  func refuse(_ name: String) throws { try state.withLock { try Self.refuse(name, among: $0.marks) } }

  private static func refuse(_ name: String, among marks: [Mark]) throws {
    guard !marks.contains(where: { $0.name == name }) else { throw Fault.conflict("There is a mark \(name) already.") }
    guard marks.count < most else {
      throw Fault(403, "There are \(marks.count) marks in this world, and there may be no more.", reason: .limit)
    }
    guard marks.reduce(0, { $0 + $1.weight }) <= mostBytes else {
      throw Fault(
        403, "The \(marks.count) marks of this world take \(mostBytes >> 20) MiB, and there may be no more.",
        reason: .limit)
    }
  }

  /// Keeps a mark, unless another took its name or its place while it was made.
  func add(_ mark: Mark) throws {
    try state.withLock { state in
      try Self.refuse(mark.name, among: state.marks)
      state.marks.append(mark)
    }
  }

  /// The mark of a name; without one the latest.
  func find(_ name: String?) throws -> Mark {
    let marks = all
    guard let name else {
      guard let latest = marks.last else { throw Fault.notFound("There is no mark in this world yet.") }
      return latest
    }
    guard let mark = marks.first(where: { $0.name == name }) else {
      throw NearestName.missing("mark", name, among: marks.map(\.name))
    }
    return mark
  }

  /// Forgets a mark.
  func remove(_ name: String) throws {
    let mark = try find(name)
    state.withLock { $0.marks.removeAll { $0.name == mark.name } }
  }
}

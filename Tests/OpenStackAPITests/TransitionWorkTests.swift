import CloudTesting
import Locking
import Logging
import OpenStackAPI
import Persistence
import Testing

@Suite("Works")
struct TransitionWorkTests {
  @Test("run outside of the queue, which goes on meanwhile, and end in a transaction")
  func beside() async throws {
    let gate = Gate()
    let world = try makeWorld { _, _ in
      await gate.pass()
      return { db in
        try db.execute("INSERT INTO marks VALUES ('worked', '1')")
        return nil
      }
    }
    world.start()
    try await plan(world, kind: "work")
    await gate.arrival()
    try await plan(world, kind: "step")
    try await eventually { try world.marks == ["stepped"] }
    await gate.open()
    await world.settle()
    #expect(try world.marks == ["stepped", "worked"])
    await world.close()
  }

  @Test("that are broken off as the world ends begin anew at its next start")
  func restart() async throws {
    let scratch = try ScratchDirectory()
    let gate = Gate()
    let first = try makeWorld(scratch.path + "/cloud.sqlite") { _, _ in
      await gate.arrive()
      try await Task.sleep(for: .seconds(3600))
      return { _ in nil }
    }
    first.start()
    try await plan(first, kind: "work")
    await gate.arrival()
    await first.close()
    let second = try makeWorld(scratch.path + "/cloud.sqlite") { transition, _ in
      let resource = transition.resource
      return { db in
        try db.execute("INSERT INTO marks VALUES (?, '1')", resource)
        return nil
      }
    }
    second.start()
    await second.settle()
    #expect(try second.marks == ["thing"])
    await second.close()
  }

  @Test("that fail are forgotten, and so is what becomes of those that were cancelled")
  func failure() async throws {
    let gate = Gate()
    let world = try makeWorld { transition, _ in
      guard transition.action == "go" else { throw Fault.unexpected }
      await gate.pass()
      return { db in
        try db.execute("INSERT INTO marks VALUES ('worked', '1')")
        return nil
      }
    }
    world.start()
    try await plan(world, kind: "work", action: "fail")
    await world.settle()
    try await plan(world, kind: "work")
    await gate.arrival()
    try await world.write { try Transition.cancel($0, kind: "work", resource: "thing") }
    await gate.open()
    await world.settle()
    #expect(try world.marks == [])
    #expect(try world.read { try $0.exists("SELECT 1 FROM works UNION ALL SELECT 1 FROM transitions") } == false)
    await world.close()
  }

  @Test("and what is due wait for a full disk, and go on once there is room")
  func fullDisk() async throws {
    let disk = Locked<DatabaseError?>(.full)
    let world = try makeWorld(
      step: { if let error = disk.withLock({ $0 }) { throw error } },
      work: { _, _ in
        { db in
          if let error = disk.withLock({ $0 }) { throw error }
          try db.execute("INSERT INTO marks VALUES ('worked', '1')")
          return nil
        }
      })
    world.start()
    try await plan(world, kind: "step")
    try await plan(world, kind: "work")
    try await eventually { try world.read { try $0.exists("SELECT 1 FROM works") } }
    #expect(try world.read { try $0.exists("SELECT 1 FROM transitions") })
    #expect(try world.marks == [])
    disk.withLock { $0 = nil }
    try await eventually { try world.marks == ["stepped", "worked"] }
    #expect(try world.read { try $0.exists("SELECT 1 FROM works UNION ALL SELECT 1 FROM transitions") } == false)
    await world.close()
  }

  @Test("whose rows hold what no program wrote are got past, and the others are carried out")
  func hostileRows() async throws {
    let world = try makeWorld { _, _ in { _ in nil } }
    world.start()
    let extremes = [Int.min, -1, Int.max]
    try await world.write { db in
      for step in extremes {
        for due in extremes {
          for kind in ["step", "work", "none"] {
            try db.execute(
              "INSERT INTO transitions (kind, resource, action, step, due, payload) VALUES (?, 'thing', '', ?, ?, '{')",
              kind, step, due)
          }
        }
      }
    }
    await world.settle()
    #expect(try world.marks == ["stepped"])
    // What is due after the last year waits for it.
    #expect(try world.read { try $0.scalar("SELECT count(*) FROM transitions", as: Int.self) } == 9)
    #expect(try world.read { try $0.exists("SELECT 1 FROM works") } == false)
    await world.close()
  }

  private func plan(_ world: World, kind: String, action: String = "go") async throws {
    try await world.write {
      try Transition.plan($0, kind: kind, resource: "thing", action: action, due: world.now)
    }
  }

  private func makeWorld(
    _ path: String? = nil, step: @escaping @Sendable () throws -> Void = {}, work: @escaping TransitionWork
  ) throws -> World {
    World(
      name: "default",
      database: try Database(path.map { .file($0) } ?? .memory, migrations: [Transition.migrations]),
      blobs: try .temporary(), clock: WorldClock { Timestamp(seconds: 0) }, identifiers: Identifiers(),
      settings: Settings(), policies: try Policies(declared: [:]), crossings: Crossings(tokens: NoTokens()),
      log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      transitions: [
        "step": { _, db, _ in
          try step()
          try db.execute("INSERT OR REPLACE INTO marks VALUES ('stepped', '1')")
          return nil
        }
      ], works: ["work": work])
  }

  private func eventually(_ condition: () throws -> Bool) async throws {
    for _ in 0..<500 where try !condition() { try await Task.sleep(for: .milliseconds(10)) }
    #expect(try condition())
  }
}

extension World {
  fileprivate var marks: [String] {
    get throws { try read { try $0.query("SELECT name FROM marks ORDER BY name", as: String.self) } }
  }
}

private struct NoTokens: TokenAuthority {
  let path = "/identity"
  func authorization(for token: String, in world: World) throws -> Authorization { throw Fault.unauthorized }
  func projectExists(_ id: String, _ db: Connection) throws -> Bool { false }
  func identifiers(of kind: NamedKind, named name: String, _ db: Connection) throws -> [String] { [] }
}

/// Lets a work wait until the test says so, and the test until the work is there.
private actor Gate {
  private var isOpen = false
  private var hasArrived = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  func arrive() {
    hasArrived = true
    wake()
  }

  func pass() async {
    arrive()
    while !isOpen { await wait() }
  }

  func open() {
    isOpen = true
    wake()
  }

  func arrival() async { while !hasArrived { await wait() } }

  private func wait() async { await withCheckedContinuation { waiting.append($0) } }

  private func wake() {
    waiting.forEach { $0.resume() }
    waiting = []
  }
}

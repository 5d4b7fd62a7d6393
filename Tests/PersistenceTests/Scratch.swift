import Glibc
import Persistence
import Synchronization

/// A directory that goes away with the test.
final class Scratch: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/persistence-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw ScratchError() }
    path = String(cString: made)
  }

  deinit { Self.remove(path) }

  var database: String { path + "/cloud.db" }

  func names() -> Set<String> { Self.names(path) }

  static func names(_ path: String) -> Set<String> {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: Set<String> = []
    while let entry = readdir(directory) {
      names.insert(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names.subtracting([".", ".."])
  }

  private static func remove(_ path: String) {
    for name in names(path) {
      let child = path + "/" + name
      if unlink(child) != 0 { remove(child) }
    }
    rmdir(path)
  }

  static func bytes(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
    return bytes
  }
}

struct ScratchError: Error {}

/// The two homes of a database, for tests that hold in both.
enum Home: CaseIterable, Sendable {
  case file, memory

  func open(_ scratch: Scratch, _ schema: String) throws -> Database {
    let sets = [MigrationSet(component: "test", migrations: [Migration(1, "tables", schema)])]
    return switch self {
    case .file: try Database(.file(scratch.database), migrations: sets)
    case .memory: try Database(.memory, migrations: sets)
    }
  }
}

let peopleSchema = """
  CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER CHECK (age >= 0),
    boss INTEGER REFERENCES people (id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE);
  CREATE TABLE pets (name TEXT PRIMARY KEY, owner INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE);
  CREATE TABLE later (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED);
  """

/// Tells tasks that it is time to stop.
final class Flag: Sendable {
  private let state = Atomic(false)
  var isSet: Bool { state.load(ordering: .relaxed) }
  func set() { state.store(true, ordering: .relaxed) }
}

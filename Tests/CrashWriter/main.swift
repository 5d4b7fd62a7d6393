import Glibc
import Persistence

// The victim of the crash test: 8 tasks write to the database at the first argument, numbers from the second on, and
// print each once it is acknowledged, until somebody kills the process. A blob is made now and then.
let path = CommandLine.arguments[1]
let first = Int(CommandLine.arguments[2]) ?? 0

let schema = """
  CREATE TABLE notes (number INTEGER PRIMARY KEY, filler TEXT NOT NULL);
  CREATE TABLE blobs (id TEXT PRIMARY KEY, note INTEGER NOT NULL REFERENCES notes (number))
  """
let database = try Database(
  .file(path), migrations: [MigrationSet(component: "crash", migrations: [Migration(1, "notes", schema)])])
let blobs = try BlobStore(directory: path + "-blobs")

@Sendable func acknowledge(_ text: String) {
  let line = Array((text + "\n").utf8)
  _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

try await withThrowingTaskGroup(of: Void.self) { group in
  for task in 0..<8 {
    group.addTask {
      for step in 0... {
        let number = first + step * 8 + task
        let filler = String(repeating: "x", count: number % 3000)
        try await database.write { try $0.execute("INSERT INTO notes VALUES (?, ?)", number, filler) }
        acknowledge("\(number)")
        guard step % 16 == 0 else { continue }
        let writer = try blobs.makeWriter(id: "blob-\(number)")
        try await writer.append(Array(repeating: 7, count: number % 5000))
        let id = try await writer.commit()
        try await database.write { try $0.execute("INSERT INTO blobs VALUES (?, ?)", id, number) }
        acknowledge("\(id.rawValue)")
      }
    }
  }
  try await group.waitForAll()
}

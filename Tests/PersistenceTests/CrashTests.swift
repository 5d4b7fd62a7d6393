import Glibc
import Persistence
import Testing

@Suite struct CrashTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Starts the victim, lets it work for a while, kills it, and answers what it acknowledged.
  private func round(from first: Int, microseconds: UInt32) throws -> [String] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ScratchError() }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var process: pid_t = 0
    let words: [String] = [try Self.victim(), scratch.database, "\(first)"]
    let arguments = words.map { word in strdup(word) }
    defer { for argument in arguments { free(argument) } }
    let code = posix_spawn(&process, words[0], &actions, nil, arguments + [nil], environ)
    close(ends[1])
    guard code == 0 else { throw ScratchError() }
    var output = Self.read(ends[0], atMost: 1)
    usleep(microseconds)
    kill(process, SIGKILL)
    output += Self.read(ends[0], atMost: .max)
    waitpid(process, nil, 0)
    var lines = String(decoding: output, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    lines.removeLast()
    return lines.map { String($0) }
  }

  private static func read(_ descriptor: Int32, atMost limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 65536))
    while bytes.count < limit, case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 {
      bytes += chunk[..<count]
    }
    return bytes
  }

  /// The program beside the one that runs the tests.
  private static func victim() throws -> String {
    var path = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &path, path.count - 1)
    guard length > 0 else { throw ScratchError() }
    let own = String(decoding: path[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/CrashWriter"
  }

  @Test("whatever was acknowledged before a SIGKILL is there afterwards")
  func kills() throws {
    var acknowledged: [String] = []
    for attempt in 0..<10 {
      let lines = try round(from: attempt * 1_000_000, microseconds: .random(in: 0..<150_000))
      #expect(!lines.isEmpty)
      acknowledged += lines
      let database = try Database(.file(scratch.database), migrations: [])
      #expect(try database.integrityCheck() == [])
      let numbers = try Set(database.read { try $0.query("SELECT number FROM notes", as: Int.self) })
      let owned = try Set(database.read { try $0.query("SELECT id FROM blobs", as: String.self) })
      for line in acknowledged {
        if let number = Int(line) { #expect(numbers.contains(number)) } else { #expect(owned.contains(line)) }
      }
      let blobs = try BlobStore(directory: scratch.database + "-blobs")
      try blobs.sweep { owned.contains($0.rawValue) }
      #expect(Scratch.names(blobs.directory) == Set(owned.map { $0 + ".blob" }).union(["lock"]))
    }
  }
}

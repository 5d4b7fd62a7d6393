import Glibc
import PocketStack

/// The server under test, a process of its own: when it dies, we live to tell.
final class ServerProcess {
  let port: Int
  private let pid: pid_t
  private let directory: String

  /// Starts one and waits until it answers.
  init(program: String, configuration: String, arguments: [String]) throws {
    let directory = try Self.scratchDirectory()
    self.directory = directory
    try File.write(configuration, to: directory + "/config.json")
    let ready = directory + "/ready"
    pid = try Self.start(
      [program, "serve", "--config", directory + "/config.json", "--port", "0", "--ready-file", ready]
        + arguments.map { $0.replacing("<scratch>", with: directory) }, errors: directory + "/stderr")
    port = try Self.port(in: ready, pid)
  }

  deinit { try? File.remove(directory) }

  /// How it ended, if it did: nobody asked it to.
  var death: String? {
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
    return Self.words(for: status)
  }

  /// What it wrote to stderr.
  var errors: String { Self.text(of: directory + "/stderr") }

  /// Ends it; says what was wrong about how it ended.
  func stop() -> String? {
    Glibc.kill(pid, SIGTERM)
    var status: Int32 = 0
    for _ in 0..<3000 {
      if waitpid(pid, &status, WNOHANG) == pid { return status == 0 ? nil : Self.words(for: status) }
      usleep(10_000)
    }
    kill()
    return "does not end when told to"
  }

  /// Ends it at once.
  func kill() {
    Glibc.kill(pid, SIGKILL)
    waitpid(pid, nil, 0)
  }

  private static func words(for status: Int32) -> String {
    let signal = status & 0x7F
    return signal == 0 ? "exit status \(status >> 8 & 0xFF)" : "signal \(signal)"
  }
}

extension ServerProcess {
  private static func start(_ arguments: [String], errors: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var pid: pid_t = 0
    let code = posix_spawn(&pid, arguments[0], &actions, nil, &pointers, environ)
    guard code == 0 else { throw FuzzFailure("\(arguments[0]): \(String(cString: strerror(code)))") }
    return pid
  }

  /// The port in the address that the server writes when it can answer.
  private static func port(in file: String, _ pid: pid_t) throws -> Int {
    for _ in 0..<12_000 {
      let address = text(of: file)
      if let port = Int(address.split(separator: ":").last?.prefix { $0.isNumber } ?? "") { return port }
      guard waitpid(pid, nil, WNOHANG) == 0 else { throw FuzzFailure("the server does not start") }
      usleep(5_000)
    }
    throw FuzzFailure("the server does not become ready")
  }

  private static func scratchDirectory() throws -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/pocketstack-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FuzzFailure("\(parent): \(String(cString: strerror(errno)))") }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The text of a file; empty where there is none.
  private static func text(of path: String) -> String {
    (try? File.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

/// Why a run cannot go on.
struct FuzzFailure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

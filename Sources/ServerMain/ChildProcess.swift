import Dispatch
import Glibc

/// Runs another program as a shell would.
enum ChildProcess {
  /// This process's environment without the variables of a prefix, and with others.
  static func environment(without prefix: String, with others: [(name: String, value: String)]) -> [String] {
    var kept: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if !text.hasPrefix(prefix) { kept.append(text) }
      place += 1
    }
    return kept + others.map { "\($0.name)=\($0.value)" }
  }

  /// Runs a command to its end, handing on the signals that reach this process, and returns what a shell would: its
  /// exit status, 128 + n for one ended by a signal, 127 for one that is not there, 126 for one that cannot be run.
  static func run(_ command: [String], environment: [String]) async -> Int32 {
    let process: pid_t
    switch spawn(command, environment) {
    case .success(let started): process = started
    case .failure(let failure):
      Terminal.complain("\(command[0]): \(String(cString: strerror(failure.code)))")
      return failure.code == ENOENT ? 127 : 126
    }
    // What the terminal sends reaches the whole foreground group, the command included.
    Signals.handle { arrival in if !arrival.isFromTerminal { kill(process, arrival.number) } }
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: wait(for: process)) }
    }
  }

  private struct Failure: Error { let code: Int32 }

  private static func spawn(_ command: [String], _ environment: [String]) -> Result<pid_t, Failure> {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The command starts as from a shell: nothing blocked, nothing ignored.
    var none = sigset_t()
    sigemptyset(&none)
    var ignored = sigset_t()
    sigemptyset(&ignored)
    sigaddset(&ignored, SIGPIPE)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &ignored)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let (arguments, variables) = (CStrings(command), CStrings(environment))
    var process = pid_t()
    let code = posix_spawnp(&process, command[0], nil, &attributes, arguments.pointers, variables.pointers)
    return code == 0 ? .success(process) : .failure(Failure(code: code))
  }

  private static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}

/// An array of C strings, ended by a null pointer.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]

  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }

  deinit { for pointer in pointers { free(pointer) } }
}

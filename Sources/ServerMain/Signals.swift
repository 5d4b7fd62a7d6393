import Glibc
import Locking

/// The signals that end a server or are handed on to a child. The main thread waits for them.
enum Signals {
  /// A signal, and whether the terminal sent it to the whole foreground group rather than a program to us alone.
  struct Arrival: Sendable {
    let number: Int32
    let isFromTerminal: Bool
  }

  private static let handler = Locked<(@Sendable (Arrival) -> Void)?>(nil)
  private static let numbers = [SIGTERM, SIGINT, SIGHUP, SIGQUIT]

  /// Keeps them from ending the process; every thread made afterwards inherits that.
  static func block() {
    var set = set()
    pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Says what to do with them. Until then they end the process as usual.
  static func handle(_ handler: (@Sendable (Arrival) -> Void)?) { self.handler.withLock { $0 = handler } }

  /// Waits for them, for ever.
  static func deliver() -> Never {
    var set = set()
    while true {
      var facts = siginfo_t()
      let number = sigwaitinfo(&set, &facts)
      guard number > 0 else { continue }
      let handler = handler.withLock { $0 }
      guard let handler else { exit(128 + number) }
      handler(Arrival(number: number, isFromTerminal: facts.si_code > 0))
    }
  }

  private static func set() -> sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in numbers { sigaddset(&set, number) }
    return set
  }

  /// Returns with the first of them; a second one ends the process at once.
  static func first() async -> Int32 {
    await withCheckedContinuation { continuation in
      let waiting = Locked<CheckedContinuation<Int32, Never>?>(continuation)
      handle { arrival in
        let first = waiting.withLock { waiting in
          defer { waiting = nil }
          return waiting
        }
        guard let first else { exit(128 + arrival.number) }
        first.resume(returning: arrival.number)
      }
    }
  }
}

import Glibc

/// What the system must let this process have (setrlimit(2)). With less Swift's runtime, Dispatch and the C library wait for
/// ever or trap, so that it has to be looked at before the first of their threads begins.
enum ProcessLimits {
  private struct Limit {
    let resource: __rlimit_resource_t
    let name: String
    let option: String
    let command: UInt
    let server: UInt
    /// In how many bytes it is said; 1 for a number.
    var unit: UInt = 1 << 20
  }

  /// Measured: a server begins with 180 MB of addresses (of which 110 are the stacks of threads, and an arena of malloc), 90
  /// MB of data and 20 descriptors.
  private static let limits = [
    Limit(resource: resource(RLIMIT_AS), name: "MiB of addresses", option: "-v", command: 128 << 20, server: 384 << 20),
    Limit(resource: resource(RLIMIT_DATA), name: "MiB of data", option: "-d", command: 64 << 20, server: 160 << 20),
    Limit(
      resource: resource(RLIMIT_STACK), name: "KiB of stack", option: "-s", command: 256 << 10, server: 512 << 10,
      unit: 1 << 10),
    Limit(resource: resource(RLIMIT_NOFILE), name: "open files", option: "-n", command: 8, server: 24, unit: 1),
  ]
  /// As many as a server begins with.
  private static let threads = 12

  private static func resource(_ resource: __rlimit_resource) -> __rlimit_resource_t {
    __rlimit_resource_t(resource.rawValue)
  }

  /// Throws what is too little for a command, or for a server.
  static func check(isServer: Bool) throws(CommandFailure) {
    for limit in limits {
      var given = rlimit()
      let needed = isServer ? limit.server : limit.command
      guard getrlimit(limit.resource, &given) == 0, given.rlim_cur < needed else { continue }
      let (least, most) = (needed / limit.unit, UInt(given.rlim_cur) / limit.unit)
      throw CommandFailure(
        description: "the system allows \(most) \(limit.name), and \(least) are needed (ulimit \(limit.option))",
        status: .resources)
    }
    guard !isServer || canBegin(threads) else {
      throw CommandFailure(
        description: "the system does not allow \(threads) threads (ulimit -u, or the container's limit of processes)",
        status: .resources)
    }
  }

  /// Whether so many threads can be at once: each waits for a lock that is held until all have begun.
  private static func canBegin(_ count: Int) -> Bool {
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_mutex_lock(lock)
    var begun: [pthread_t] = []
    for _ in 0..<count {
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { lock in
          guard let lock = lock?.assumingMemoryBound(to: pthread_mutex_t.self) else { return nil }
          pthread_mutex_lock(lock)
          pthread_mutex_unlock(lock)
          return nil
        }, lock)
      guard code == 0 else { break }
      begun.append(thread)
    }
    pthread_mutex_unlock(lock)
    for thread in begun { pthread_join(thread, nil) }
    pthread_mutex_destroy(lock)
    lock.deallocate()
    return begun.count == count
  }
}

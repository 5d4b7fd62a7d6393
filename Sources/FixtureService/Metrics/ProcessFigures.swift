import Glibc

/// What the system says of this process (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).
enum ProcessFigures {
  static func write(to text: inout MetricsText) {
    var usage = rusage()
    if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
      text.metric(
        "process_cpu_seconds_total", .counter, "User and system time of all threads.",
        seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }
    if let pages = fields("/proc/self/statm"), pages.count > 1 {
      let page = sysconf(Int32(_SC_PAGESIZE))
      text.metric("process_virtual_memory_bytes", .gauge, "Size of the address space.", pages[0] * page)
      text.metric("process_resident_memory_bytes", .gauge, "Memory that is in use.", pages[1] * page)
    }
    if let open = openDescriptors { text.metric("process_open_fds", .gauge, "Open file descriptors.", open) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      text.metric("process_max_fds", .gauge, "How many there may be.", Int(clamping: limit.rlim_cur))
    }
    if let start {
      text.metric("process_start_time_seconds", .gauge, "When the process began, since the epoch.", start)
    }
  }

  private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

  /// The numbers of a line, as far as they are numbers.
  private static func fields(_ path: String) -> [Int]? { read(path)?.split(separator: " ").compactMap { Int($0) } }

  /// Without the one that it takes to count them.
  private static var openDescriptors: Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count - 3
  }

  /// proc(5): the 22nd field of `stat` is the start in clock ticks after boot, `btime` of `/proc/stat` is that.
  private static var start: Double? {
    // The name, in brackets, may hold anything, so that what follows counts from there.
    guard let stat = read("/proc/self/stat"), let name = stat.lastIndex(of: ")"),
      let boot = read("/proc/stat")?.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })?.dropFirst(6)
    else { return nil }
    let fields = stat[name...].split(separator: " ")
    guard fields.count > 20, let ticks = Double(fields[20]), let second = Double(boot) else { return nil }
    return second + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return String(decoding: text, as: UTF8.self) }
      text += chunk[..<count]
    }
  }
}

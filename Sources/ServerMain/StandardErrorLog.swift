import Glibc
import Logging
import OpenStackAPI

/// Writes log lines to stderr: moment, level, message, then `key=value` for what else is known.
struct StandardErrorLog: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  static func logger(_ level: Logger.Level) -> Logger {
    Logger(label: "pocketstack") { _ in StandardErrorLog(logLevel: level) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var line = "\(Self.now()) \(event.level.rawValue) \(event.message)"
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
    Terminal.write(Self.oneLine(line), to: STDERR_FILENO)
  }

  /// Control characters in what others wrote must not end a line or play with a terminal.
  private static func oneLine(_ text: String) -> [UInt8] {
    text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 } + [UInt8(ascii: "\n")]
  }

  private static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: time.tv_sec * 1_000_000 + time.tv_nsec / 1000).text(.microsecondsZ)
  }
}

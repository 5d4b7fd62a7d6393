import Locking
import Logging

/// A log that a test can read.
public final class RecordedLog: Sendable {
  private let lines = Locked<[(level: Logger.Level, text: String)]>([])

  /// An empty log.
  public init() {}

  /// What writes into it.
  public var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

  /// What was an error of the program's.
  public var errors: [String] { lines.withLock { $0.filter { $0.level >= .error }.map(\.text) } }

  private struct Handler: LogHandler {
    let log: RecordedLog
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      log.lines.withLock { $0.append((event.level, "\(event.message) \(event.metadata ?? [:])")) }
    }
  }
}

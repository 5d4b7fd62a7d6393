import Glibc

/// The server's limits and habits.
public struct HTTPServerConfiguration: Sendable {
  /// Event loops; each serves its share of the connections on one thread at a time. By default one a core.
  public var loops = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
  /// Bytes of a request head, request line included; more is answered 431.
  public var maxHeaderBytes = 64 * 1024
  /// Bytes of a request target; more is answered 414.
  public var maxTargetBytes = 16 * 1024
  /// Header fields of a request; more is answered 431.
  public var maxHeaderFields = 256
  /// Open connections; further ones are answered 503 and closed.
  public var maxConnections = 16 * 1024
  /// Pipelined requests of one connection answered in a row before other connections get their turn.
  public var maxPipelinedRequests = 64
  /// How long a connection may wait for its next request before it is closed.
  public var idleTimeout = Duration.seconds(75)
  /// How long a request head may take from its first byte on; longer is answered 408.
  public var headerTimeout = Duration.seconds(30)
  /// How long a request body may make no progress while it is being read.
  public var bodyTimeout = Duration.seconds(60)
  /// How long a client may take nothing of a response before it is cut off.
  public var writeTimeout = Duration.seconds(60)
  /// How long `shutdown` waits for the requests under way before it cuts them off.
  public var drainTimeout = Duration.seconds(10)
  /// How long a connection that ends with unread input stays to let the client read the answer.
  public var lingerTimeout = Duration.seconds(2)
  /// Bytes of an unread request body that are read and dropped to keep the connection; a longer one ends it.
  public var maxDrainedBodyBytes = 256 * 1024
  /// Whether text and JSON bodies in memory are compressed for clients that accept gzip.
  public var gzip = true
  /// Bytes below which a body is not compressed.
  public var gzipMinimumBytes = 4 * 1024

  /// The defaults.
  public init() {}

  var headLimits: HeadLimits {
    HeadLimits(head: maxHeaderBytes, target: maxTargetBytes, fields: maxHeaderFields)
  }

  /// Milliseconds between looks at the deadlines: fine enough for the shortest of them, once a second at most.
  var timerInterval: Int {
    let shortest = [idleTimeout, headerTimeout, bodyTimeout, writeTimeout, lingerTimeout].min() ?? idleTimeout
    return Int(min(1000, max(5, shortest.milliseconds / 8)))
  }
}

extension Duration {
  /// Whole milliseconds, at least 0 and at most a century.
  var milliseconds: UInt64 {
    let (seconds, attoseconds) = components
    let bounded = UInt64(min(max(0, seconds), 3_155_760_000))
    return bounded * 1000 + UInt64(max(0, attoseconds) / 1_000_000_000_000_000)
  }
}

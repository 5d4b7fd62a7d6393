import HTTPServer

/// What was counted of a service's requests.
public struct ServiceMetrics: Sendable {
  /// The type of the service.
  public let service: String
  /// How many requests of each sort.
  public let requests: [RequestCount]
  /// How long the answers took.
  public let latency: LatencyHistogram
}

/// How many requests of a sort there were.
public struct RequestCount: Sendable {
  /// What is counted together.
  public struct Subject: Sendable, Hashable {
    /// The name of the policy rule; `nil` where the service has nothing of the kind.
    public let operation: String?
    /// The method.
    public let method: CountedMethod
    /// The status.
    public let status: Int
  }

  /// What was counted.
  public let subject: Subject
  /// How often.
  public let count: Int
}

/// The method of a request, as it is counted: clients can make up as many as they like.
public enum CountedMethod: UInt8, Sendable {
  case get, head, post, put, patch, delete, options, copy, other
  /// What came was no request.
  case none

  private static let known: [(HTTPMethod, CountedMethod)] = [
    (.get, .get), (.head, .head), (.post, .post), (.put, .put), (.patch, .patch), (.delete, .delete),
    (.options, .options), (.copy, .copy),
  ]

  init(_ method: HTTPMethod?) {
    guard let method else {
      self = .none
      return
    }
    self = Self.known.first { $0.0 == method }?.1 ?? .other
  }

  /// The method's name, or what stands for one.
  public var name: String {
    switch self {
    case .none: "none"
    case .other: "other"
    default: Self.known.first { $0.1 == self }?.0.rawValue ?? "other"
    }
  }
}

/// How many answers took how long.
public struct LatencyHistogram: Sendable {
  /// Up to which durations is counted together.
  public static let bounds: [Duration] = [
    .microseconds(100), .microseconds(250), .microseconds(500), .milliseconds(1), .microseconds(2500), .milliseconds(5),
    .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100), .milliseconds(250), .milliseconds(500),
    .seconds(1), .milliseconds(2500), .seconds(5), .seconds(10),
  ]

  /// How many there were in each, without those before; the last is for all that took longer.
  public internal(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  /// All durations together.
  public internal(set) var sum = Duration.zero

  mutating func add(_ duration: Duration) {
    counts[Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count] += 1
    sum += duration
  }
}

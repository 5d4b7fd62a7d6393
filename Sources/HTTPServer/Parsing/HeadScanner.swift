/// Why the server refuses a request before any handler sees it.
struct Rejection: Error, Equatable, Sendable {
  var status: Int
  var reason: String

  static func malformed(_ reason: String) -> Rejection { Rejection(status: 400, reason: reason) }

  static let headerTimeout = Rejection(status: 408, reason: "The request head did not arrive in time.")
  static let targetTooLong = Rejection(status: 414, reason: "The request target is too long.")
  static let headTooLarge = Rejection(status: 431, reason: "The request head is too large.")
  static let overloaded = Rejection(status: 503, reason: "The server has too many connections.")
}

/// The sizes a request head must keep to.
struct HeadLimits: Sendable {
  var head = 64 * 1024
  var target = 16 * 1024
  var fields = 256

  /// The request line holds a method, the target and the version.
  var requestLine: Int { target + 128 }
}

/// Finds the end of a request head in bytes that arrive piece by piece. It looks at every byte once, and its verdict
/// is the one that feeding single bytes would give.
struct HeadScanner {
  enum Outcome: Equatable {
    case needMore
    /// The head lies at `range`, its last four bytes being CR LF CR LF, and has `lines` lines before the empty one.
    case complete(range: Range<Int>, lines: Int)
    case rejected(Rejection)
  }

  private let limits: HeadLimits
  /// Where the head begins: a client may send empty lines before it (RFC 9112 section 2.2).
  private var start = 0
  private var lineStart = 0
  private var scanned = 0
  private var lines = 0

  init(limits: HeadLimits) {
    self.limits = limits
  }

  /// Looks at what is new; `bytes` are all the bytes since the end of the last request.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    while true {
      if let rejection = checkFirstByte(bytes) { return .rejected(rejection) }
      guard let feed = ByteSyntax.index(of: ByteSyntax.lineFeed, in: bytes, from: scanned) else {
        scanned = bytes.count
        return excess(bytes.count).map { .rejected($0) } ?? .needMore
      }
      if let rejection = excess(feed + 1) { return .rejected(rejection) }
      guard feed > lineStart, bytes[feed - 1] == ByteSyntax.carriageReturn else {
        return .rejected(.malformed("A line of the request head ends without a carriage return."))
      }
      let isEmpty = feed - 1 == lineStart
      lineStart = feed + 1
      scanned = feed + 1
      if !isEmpty {
        lines += 1
      } else if lines > 0 {
        return .complete(range: start..<lineStart, lines: lines)
      } else {
        start = lineStart
      }
    }
  }

  /// Tells early that a peer does not speak HTTP at all, such as one that begins a TLS handshake.
  private func checkFirstByte(_ bytes: UnsafeRawBufferPointer) -> Rejection? {
    guard lines == 0, start < bytes.count else { return nil }
    let first = bytes[start]
    if ByteSyntax.isToken(first) || first == ByteSyntax.carriageReturn { return nil }
    return .malformed("The request does not begin with a method.")
  }

  /// The refusal due once `count` bytes have come without an end; of two limits the one reached first.
  private func excess(_ count: Int) -> Rejection? {
    let lineLimit = lines == 0 ? start + limits.requestLine : Int.max
    guard count > min(limits.head, lineLimit) else { return nil }
    return lineLimit < limits.head ? .targetTooLong : .headTooLarge
  }
}

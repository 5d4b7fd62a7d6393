/// Why a request body could not be read to its end.
public enum HTTPBodyError: Error, Hashable, Sendable {
  /// The body is longer than `collect(upTo:)` was told to accept; the usual answer is 413.
  case tooLarge(limit: Int)
  /// The client went away before the end, or the exchange is over.
  case incomplete
  /// No byte arrived for the configured `bodyTimeout`; the usual answer is 408.
  case timedOut
  /// The chunked coding is broken (RFC 9112 section 7.1); the usual answer is 400.
  case malformedChunk
}

/// A request body: pieces of bytes as they arrive, read once by one reader.
///
/// Nothing is read from the socket ahead of the reader, so a slow reader slows the sender down.
public struct HTTPRequestBody: AsyncSequence, Sendable {
  /// A piece of the body, never empty.
  public typealias Element = [UInt8]
  /// Reading fails with a `HTTPBodyError` only.
  public typealias Failure = HTTPBodyError

  enum Source: Sendable {
    case bytes([UInt8])
    case stream(RequestBodyStream)
  }

  let source: Source
  /// The length in bytes if it is known before reading; nil for a chunked body.
  public let contentLength: Int?

  /// A body that is already whole.
  public init(_ bytes: [UInt8]) {
    source = .bytes(bytes)
    contentLength = bytes.count
  }

  init(stream: RequestBodyStream, contentLength: Int?) {
    source = .stream(stream)
    self.contentLength = contentLength
  }

  /// Whether the body is known to be empty without reading it.
  public var isEmpty: Bool { contentLength == 0 }

  /// Reads the whole body, refusing one longer than `limit` bytes (at once if its length is declared).
  public func collect(upTo limit: Int) async throws(HTTPBodyError) -> [UInt8] {
    if let contentLength, contentLength > limit { throw .tooLarge(limit: limit) }
    if case .bytes(let bytes) = source { return bytes }
    var collected: [UInt8] = []
    var iterator = makeAsyncIterator()
    while let piece = try await iterator.next() {
      if piece.count > limit - collected.count { throw .tooLarge(limit: limit) }
      if collected.isEmpty {
        collected = piece
      } else {
        collected.append(contentsOf: piece)
      }
    }
    return collected
  }

  /// Starts reading. All iterators of one request share the one stream.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(source: source)
  }

  /// Reads the pieces in order.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private var source: Source

    init(source: Source) {
      self.source = source
    }

    /// The next piece, or nil at the end of the body.
    public mutating func next() async throws(HTTPBodyError) -> [UInt8]? {
      try await next(isolation: nil)
    }

    /// The next piece, or nil at the end of the body.
    public mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPBodyError) -> [UInt8]? {
      switch source {
      case .stream(let stream):
        return try await stream.next()
      case .bytes(let bytes):
        source = .bytes([])
        return bytes.isEmpty ? nil : bytes
      }
    }

    /// Reads into `bytes`, from the place `start` on, until they are full or the body ends. Returns where its bytes end in
    /// them: before their own end only at the end of the body.
    ///
    /// For large bodies: memory that is used again is cheaper than ever new pieces.
    public mutating func read(into bytes: inout [UInt8], from start: Int = 0) async throws(HTTPBodyError) -> Int {
      switch source {
      case .stream(let stream):
        return try await stream.read(into: &bytes, from: start)
      case .bytes(let rest):
        let count = Swift.min(rest.count, bytes.count - start)
        bytes.replaceSubrange(start..<start + count, with: rest.prefix(count))
        source = .bytes(Array(rest.dropFirst(count)))
        return start + count
      }
    }
  }
}

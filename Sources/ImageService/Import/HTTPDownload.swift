import Dispatch
import Glibc
import HTTPServer
import Locking

/// Why something could not be fetched.
enum HTTPDownloadError: Error, Equatable {
  /// The address, or one it redirects to, is not allowed.
  case refused
  /// Nobody answers there, or not in time.
  case unreachable
  /// The server answered with a status that brings no bytes.
  case status(Int)
  /// What came is no HTTP, or ended too early.
  case broken
  /// There is more than is taken.
  case tooLarge
}

/// A GET of one address, whose body is read piece by piece: HTTP/1.1 without TLS, over a connection of its own.
///
/// Redirections are followed, each checked like the first address. System calls happen on a queue of the download's own.
///
/// - Safety: `connection` and `body` are touched on `queue` only.
final class HTTPDownload: @unchecked Sendable {
  private static let redirections = 5

  /// How many bytes the server says there are.
  let length: Int?
  private let connection: RemoteConnection
  private var body: RemoteBody
  private let queue: DispatchQueue

  private init(_ answer: RemoteAnswer, _ connection: RemoteConnection, _ queue: DispatchQueue) throws(HTTPDownloadError)
  {
    body = try RemoteBody(answer)
    length = body.length
    (self.connection, self.queue) = (connection, queue)
  }

  /// Asks an address, and those it leads to, until one has the bytes.
  static func begin(_ address: HTTPAddress, _ filter: ImportFilter) async throws -> HTTPDownload {
    let (answer, connection, queue) = try await ask("GET", address, filter)
    return try HTTPDownload(answer, connection, queue)
  }

  /// How many bytes there are, without fetching them; `nil` where the server does not say.
  static func length(of address: HTTPAddress, _ filter: ImportFilter) async throws -> Int? {
    try await ask("HEAD", address, filter).answer.headers["Content-Length"].flatMap { Int($0) }
  }

  private static func ask(
    _ method: String, _ first: HTTPAddress, _ filter: ImportFilter
  ) async throws -> (answer: RemoteAnswer, connection: RemoteConnection, queue: DispatchQueue) {
    let queue = DispatchQueue(label: "image.download")
    var address = first
    for _ in 0...redirections {
      guard filter.allows(address) else { throw HTTPDownloadError.refused }
      let connection = RemoteConnection()
      let asked = address
      let answer = try await connection.cancelled {
        try await queue.perform { () throws(HTTPDownloadError) in try connection.ask(method, asked, filter) }
      }
      if answer.status == 200 { return (answer, connection, queue) }
      guard [301, 302, 303, 307, 308].contains(answer.status), let location = answer.headers["Location"] else {
        throw HTTPDownloadError.status(answer.status)
      }
      guard let next = address.redirected(to: location) else { throw HTTPDownloadError.refused }
      address = next
    }
    throw HTTPDownloadError.refused
  }

  /// The next piece; `nil` after the last.
  func next() async throws -> [UInt8]? {
    try await connection.cancelled {
      try await queue.perform { () throws(HTTPDownloadError) in try self.body.next(from: self.connection) }
    }
  }
}

extension DispatchQueue {
  /// Runs something that blocks, while the caller's task waits without a thread.
  func perform<T: Sendable>(_ work: @escaping @Sendable () throws(HTTPDownloadError) -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      self.async { continuation.resume(with: Result { () throws in try work() }) }
    }
  }
}

/// How the body of an answer is framed (RFC 9112 section 6).
struct RemoteBody {
  private enum Framing {
    case length(Int)
    case chunked(ChunkDecoder)
    case untilClose
  }

  private var framing: Framing
  private var pending: [UInt8]
  let length: Int?

  init(_ answer: RemoteAnswer) throws(HTTPDownloadError) {
    pending = answer.rest
    if let coding = answer.headers["Transfer-Encoding"] {
      guard coding.lowercased() == "chunked" else { throw .broken }
      (framing, length) = (.chunked(ChunkDecoder()), nil)
    } else if let text = answer.headers["Content-Length"] {
      guard let count = Int(text), count >= 0 else { throw .broken }
      (framing, length) = (.length(count), count)
    } else {
      (framing, length) = (.untilClose, nil)
    }
  }

  mutating func next(from connection: RemoteConnection) throws(HTTPDownloadError) -> [UInt8]? {
    switch framing {
    case .untilClose:
      let piece = try piece(connection)
      return piece.isEmpty ? nil : piece
    case .length(let left):
      guard left > 0 else { return nil }
      let piece = try piece(connection)
      guard !piece.isEmpty else { throw .broken }
      let taken = piece.count > left ? Array(piece.prefix(left)) : piece
      framing = .length(left - taken.count)
      return taken
    case .chunked(let decoder): return try chunked(decoder, connection)
    }
  }

  private mutating func piece(_ connection: RemoteConnection) throws(HTTPDownloadError) -> [UInt8] {
    defer { pending = [] }
    return pending.isEmpty ? try connection.receive() : pending
  }

  /// All data of the chunks in one piece of input, so that small chunks do not make small pieces.
  private mutating func chunked(
    _ start: ChunkDecoder, _ connection: RemoteConnection
  ) throws(HTTPDownloadError) -> [UInt8]? {
    var decoder = start
    while true {
      let input = try piece(connection)
      guard !input.isEmpty else { throw .broken }
      let (data, isOver) = try Self.data(in: input, &decoder)
      framing = isOver ? .length(0) : .chunked(decoder)
      if isOver || !data.isEmpty { return data.isEmpty ? nil : data }
    }
  }

  private static func data(
    in input: [UInt8], _ decoder: inout ChunkDecoder
  ) throws(HTTPDownloadError) -> (data: [UInt8], isOver: Bool) {
    var (data, rest) = ([UInt8](), input[...])
    while true {
      let (consumed, event) = rest.withUnsafeBytes { decoder.next($0) }
      switch event {
      case .data(let range): data += rest[(rest.startIndex + range.lowerBound)..<(rest.startIndex + range.upperBound)]
      case .needMore: return (data, false)
      case .end: return (data, true)
      case .malformed: throw .broken
      }
      rest = rest.dropFirst(consumed)
    }
  }
}

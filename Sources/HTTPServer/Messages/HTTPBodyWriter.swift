/// Why a piece of a response could not be written.
public enum HTTPWriteError: Error, Hashable, Sendable {
  /// The client is gone, or took nothing for the configured `writeTimeout`.
  case disconnected
  /// More was written than the length given for the body.
  case tooLong(length: Int)
  /// The response is over, or another task is writing.
  case misuse
}

/// Takes the pieces of a streamed response body. One task at a time may write.
public final class HTTPBodyWriter: Sendable {
  private enum Sink: Sendable {
    case stream(ResponseStream)
    case memory(CollectedBody)
  }

  private let sink: Sink

  init(_ stream: ResponseStream) {
    sink = .stream(stream)
  }

  init(_ body: CollectedBody) {
    sink = .memory(body)
  }

  private func write(_ payload: Payload) async throws(HTTPWriteError) {
    switch sink {
    case .stream(let stream): try await stream.write(payload)
    case .memory(let body): body.append(payload)
    }
  }

  /// Sends a piece; returns when the system has taken it, so a slow client slows the writer down.
  public func write(_ bytes: [UInt8]) async throws(HTTPWriteError) {
    try await write(.array(bytes))
  }

  /// Sends a piece; returns when the system has taken it.
  public func write(_ bytes: ByteBuffer) async throws(HTTPWriteError) {
    try await write(.buffer(bytes))
  }

  /// Sends the UTF-8 form of a text.
  public func write(_ text: String) async throws(HTTPWriteError) {
    try await write(.array(Array(text.utf8)))
  }

  /// Sends the head if nothing was written yet; otherwise it goes out with the first piece.
  public func flush() async throws(HTTPWriteError) {
    try await write(.none)
  }
}

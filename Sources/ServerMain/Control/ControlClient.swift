import Glibc
import HTTPServer
import OpenStackAPI

/// Asks the control interface of a running cloud, one request a connection, and waits for the answer.
///
/// It speaks HTTP/1.0, in which the end of the connection is the end of the answer: that is all that commands need.
struct ControlClient {
  /// Scheme, host and port: `http://127.0.0.1:5000`.
  let url: String
  /// What another machine has to show.
  let secret: String?

  /// An answer as it came.
  struct Answer {
    let status: Int
    let body: [UInt8]

    /// The body as JSON; `null` where it is none.
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
  }

  /// Sends a request; `path` begins with `/`. `receive` gets the pieces of a successful body as they come, and a body
  /// that it gets is not in the answer.
  func send(
    _ method: HTTPMethod, _ path: String, _ body: ControlBody = .none, receive: (([UInt8]) throws -> Void)? = nil
  ) throws -> Answer {
    let address = try ControlAddress(url)
    let connection = try ControlConnection(to: address)
    try connection.send(try head(method, address.prefix + path, address, body))
    try body.write { try connection.send($0) }
    let (status, length, rest) = try connection.head()
    var (collected, received) = ([UInt8](), rest.count)
    let take: ([UInt8]) throws -> Void = status < 300 ? receive ?? { collected += $0 } : { collected += $0 }
    if !rest.isEmpty { try take(rest) }
    while let piece = try connection.next() {
      received += piece.count
      try take(piece)
    }
    guard received >= length ?? 0 else { throw connection.endedEarly }
    return Answer(status: status, body: collected)
  }

  /// Sends JSON and gives back the JSON of a success; a refusal is thrown in the server's words.
  @discardableResult
  func call(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil) throws -> JSON {
    let body = body.map { ControlBody.bytes(Array($0.jsonText.utf8), type: "application/json") }
    return try send(method, path, body ?? .none).successful.json
  }

  /// Listens to server-sent events, and gives out the data of each as it comes, until the server ends.
  func listen(_ path: String, _ hear: @escaping (JSON) -> Void) throws {
    var pending: [UInt8] = []
    _ = try send(.get, path) { piece in
      pending += piece
      while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: pending[..<end], as: UTF8.self)
        pending.removeSubrange(...end)
        if line.hasPrefix("data: "), let data = try? JSON(parsing: Array(line.utf8.dropFirst(6))) { hear(data) }
      }
    }.successful
  }

  private func head(
    _ method: HTTPMethod, _ path: String, _ address: ControlAddress, _ body: ControlBody
  ) throws(ControlFailure) -> [UInt8] {
    for text in [path, address.authority, secret ?? ""] where text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw ControlFailure(description: "an address, a name or the secret holds a control character")
    }
    var head = "\(method.rawValue) \(path) HTTP/1.0\r\nHost: \(address.authority)\r\nAccept: application/json\r\n"
    if let secret { head += "X-PocketStack-Secret: \(secret)\r\n" }
    if let (type, length) = body.facts { head += "Content-Type: \(type)\r\nContent-Length: \(length)\r\n" }
    return Array((head + "\r\n").utf8)
  }
}

extension ControlClient.Answer {
  /// This answer, unless it is a refusal, which is thrown.
  var successful: ControlClient.Answer {
    get throws {
      guard status >= 300 else { return self }
      let text = json["error"]?["message"]?.text ?? String(decoding: body, as: UTF8.self)
      throw ControlFailure(status: status, description: text.isEmpty ? "the server answered \(status)" : text)
    }
  }
}

/// A refusal of the control interface, or a server that cannot be reached.
struct ControlFailure: Error, CustomStringConvertible {
  /// The HTTP status; `nil` where there was no answer.
  var status: Int?
  let description: String
}

/// What goes with a request.
enum ControlBody {
  case none
  case bytes([UInt8], type: String)
  case file(descriptor: Int32, length: Int)

  var facts: (type: String, length: Int)? {
    switch self {
    case .none: nil
    case .bytes(let bytes, let type): (type, bytes.count)
    case .file(_, let length): ("application/octet-stream", length)
    }
  }

  func write(_ send: ([UInt8]) throws -> Void) throws {
    switch self {
    case .none: break
    case .bytes(let bytes, _): try send(bytes)
    case .file(let descriptor, _):
      var chunk = [UInt8](repeating: 0, count: 256 * 1024)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        guard count >= 0 else { throw ControlFailure(description: String(cString: strerror(errno))) }
        guard count > 0 else { return }
        try send(Array(chunk[..<count]))
      }
    }
  }
}

import Dispatch
import FoundationEssentials
import Glibc

/// As much of HTTP as `KeyPairs` needs; your program has URLSession, AsyncHTTPClient or the like.
enum HTTP {
  struct Answer {
    let headers: [String: String]
    let body: Data
  }

  struct Failure: Error {
    let description: String
  }

  /// Sends a request; what is not a success is thrown.
  static func send(_ method: String, _ url: String, token: String = "", body: String = "") async throws -> Answer {
    let rest = url.dropFirst("http://".count)
    let authority = rest.prefix { $0 != "/" }
    let port = authority.split(separator: ":").last.flatMap { UInt16($0) } ?? 80
    let request = """
      \(method) \(rest.dropFirst(authority.count)) HTTP/1.0\r\nHost: \(authority)\r\nX-Auth-Token: \(token)\r\n\
      Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
      """
    return try await withCheckedThrowingContinuation { continuation in
      // Blocking calls wait on a thread of Dispatch's, not on one of Swift's few.
      DispatchQueue.global().async {
        continuation.resume(with: Result { try answer(to: request, exchange(Array(request.utf8), port)) })
      }
    }
  }

  private static func exchange(_ bytes: [UInt8], _ port: UInt16) throws -> [UInt8] {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0, Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure(description: String(cString: strerror(errno)))
    }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count > 0 else { return received }
      received += chunk[..<count]
    }
  }

  private static func answer(to request: String, _ bytes: [UInt8]) throws -> Answer {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Failure(description: "no answer") }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first, status.hasPrefix("2") else {
      throw Failure(description: String(decoding: bytes, as: UTF8.self))
    }
    let fields = lines.dropFirst().map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
    let headers = fields.map { ($0[0].lowercased(), $0.count > 1 ? String($0[1].drop { $0 == " " }) : "") }
    return Answer(headers: Dictionary(headers) { $1 }, body: Data(bytes[end.upperBound...]))
  }
}

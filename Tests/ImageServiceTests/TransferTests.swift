import Crypto
import Glibc
import HTTPServer
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Bytes over a socket")
struct TransferTests {
  @Test("a chunked upload of many pieces arrives whole, and comes back with sendfile")
  func chunked() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let server = try LiveServer(cloud)
    let piece = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
    let client = try Client(port: server.port)
    client.write("PUT /v2/images/\(id)/file HTTP/1.1\r\n\(Client.fields)Transfer-Encoding: chunked\r\n\r\n")
    for _ in 0..<40 { client.write(Array("c350\r\n".utf8) + piece + Array("\r\n".utf8)) }
    client.write("0\r\n\r\n")
    #expect(client.readToEnd().hasPrefix("HTTP/1.1 204 "))
    let image = try await cloud.get("/v2/images/" + id).json
    #expect(image["size"] == 2_000_000)
    var whole: [UInt8] = []
    for _ in 0..<40 { whole += piece }
    #expect(image["checksum"]?.text == Identifiers.hex(Array(Insecure.MD5.hash(data: whole))))
    #expect(image["os_hash_value"]?.text == Identifiers.hex(Array(SHA512.hash(data: whole))))
    let reader = try Client(port: server.port)
    reader.write("GET /v2/images/\(id)/file HTTP/1.1\r\n\(Client.fields)\r\n")
    #expect(reader.readBytes().suffix(2_000_000).elementsEqual(whole))
    await server.stop()
  }

  @Test("an upload that breaks off leaves the image queued and nothing on disk")
  func brokenOff() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let server = try LiveServer(cloud)
    do {
      let client = try Client(port: server.port)
      client.write("PUT /v2/images/\(id)/file HTTP/1.1\r\n\(Client.fields)Content-Length: 9000000\r\n\r\n")
      client.write([UInt8](repeating: 1, count: 1_000_000))
      try await cloud.eventually { cloud.status(of: id) == "saving" && cloud.files.count == 1 }
      #expect(try await cloud.upload(id, [1]).status == 409)
    }
    try await cloud.eventually { cloud.status(of: id) == "queued" && cloud.files.isEmpty }
    #expect(try await cloud.get("/v2/images/" + id).json["size"] == .null)
    #expect(try await cloud.upload(id, [1]).status == 204)
    await server.stop()
  }

  @Test("an image that is deleted during its upload is gone, and so are the bytes")
  func deletedMeanwhile() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let server = try LiveServer(cloud)
    let client = try Client(port: server.port)
    client.write("PUT /v2/images/\(id)/file HTTP/1.1\r\n\(Client.fields)Content-Length: 4\r\n\r\nab")
    try await cloud.eventually { cloud.status(of: id) == "saving" }
    #expect(try await cloud.send(.delete, "/v2/images/" + id).status == 204)
    client.write("cd")
    #expect(client.readToEnd().hasPrefix("HTTP/1.1 410 "))
    #expect(cloud.files.isEmpty)
    await server.stop()
  }

  @Test("a broken chunk is refused, and the image can be tried again")
  func brokenChunk() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create()
    let server = try LiveServer(cloud)
    let client = try Client(port: server.port)
    client.write("PUT /v2/images/\(id)/file HTTP/1.1\r\n\(Client.fields)Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    #expect(client.readToEnd().hasPrefix("HTTP/1.1 400 "))
    #expect(cloud.status(of: id) == "queued")
    await server.stop()
  }
}

extension Cloud {
  func status(of image: String) -> String? {
    try? world.read { try $0.scalar("SELECT status FROM images WHERE id = ?", image, as: String.self) }
  }
}

/// A cloud behind a socket.
private struct LiveServer {
  let server: HTTPServer
  let port: Int

  init(_ cloud: Cloud) throws {
    server = HTTPServer { await ImageService.service.respond(to: cloud.exchange($0)) }
    port = try server.bind(host: "127.0.0.1", port: 0).port
    server.start()
  }

  func stop() async { await server.shutdown() }
}

/// A blocking connection, closed when dropped.
private final class Client {
  private let descriptor: Int32

  static let fields =
    "Host: x\r\nX-Auth-Token: member\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n"

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(connected == 0)
  }

  deinit { close(descriptor) }

  @discardableResult
  func write(_ text: String) -> Bool { write(Array(text.utf8)) }

  @discardableResult
  func write(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  func readBytes() -> [UInt8] {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { all += buffer[..<count] }
    return all
  }

  func readToEnd() -> String { String(decoding: readBytes(), as: UTF8.self) }
}

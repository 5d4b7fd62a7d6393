import HTTPServer

@testable import ImageService

/// Another server, on the loopback, for images that are fetched from somewhere.
final class RemoteServer: Sendable {
  private let server: HTTPServer
  let port: Int

  init(_ respond: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) throws {
    server = HTTPServer { request in await respond(request) }
    port = try server.bind(host: "127.0.0.1", port: 0).port
    server.start()
  }

  func url(_ path: String = "/image", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

  /// Settings with which images may be fetched from here.
  var imports: ImportSettings {
    var settings = ImportSettings()
    settings.filter.allowedHosts = ["127.0.0.1"]
    settings.filter.allowedPorts = [port]
    return settings
  }

  func stop() async { await server.shutdown() }
}

extension HTTPResponse {
  static func bytes(_ bytes: [UInt8]) -> HTTPResponse { HTTPResponse(body: .bytes(ByteBuffer(copying: bytes))) }
}

import CloudTesting
import HTTPServer
import OpenStackAPI
import PocketStack
import Testing

@Suite("The control interface")
struct ControlAccessTests {
  private func status(
    _ configuration: String, _ headers: HTTPHeaders = [:], isLoopbackPeer: Bool, path: String = "/pocketstack/v1/worlds"
  ) async throws -> Int {
    let cloud = try await TestCloud(configuration)
    var all: HTTPHeaders = ["Host": "cloud.test"]
    for (name, value) in headers { all.add(name, value) }
    let request = HTTPRequest(target: path, headers: all, remoteAddress: "x", isLoopbackPeer: isLoopbackPeer)
    let answer = await cloud.cloud.respond(to: request)
    await cloud.close()
    return answer.status
  }

  @Test("answers this machine without a word")
  func loopback() async throws { #expect(try await status("{}", isLoopbackPeer: true) == 200) }

  @Test("answers other machines to the secret of the configuration only")
  func secret() async throws {
    let configuration = #"{"fixture": {"secret": "s3cret"}}"#
    let right: HTTPHeaders = ["X-PocketStack-Secret": "s3cret"]
    #expect(try await status("{}", right, isLoopbackPeer: false) == 403)
    #expect(try await status(configuration, isLoopbackPeer: false) == 403)
    #expect(try await status(configuration, ["X-PocketStack-Secret": "s3cre"], isLoopbackPeer: false) == 403)
    #expect(try await status(configuration, right, isLoopbackPeer: false) == 200)
  }

  @Test("answers no other site's page")
  func origin() async throws {
    #expect(try await status("{}", ["Origin": "http://evil.test"], isLoopbackPeer: true) == 403)
    #expect(try await status("{}", ["Origin": "http://cloud.test"], isLoopbackPeer: true) == 200)
  }

  @Test("can be switched off, and the cloud's health stays")
  func off() async throws {
    let configuration = #"{"fixture": {"enabled": false}}"#
    #expect(try await status(configuration, isLoopbackPeer: true) == 404)
    #expect(try await status(configuration, isLoopbackPeer: true, path: "/pocketstack/health") == 200)
  }
}

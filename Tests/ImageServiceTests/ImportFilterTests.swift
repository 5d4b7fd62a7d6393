import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Where images may be fetched from")
struct ImportFilterTests {
  @Test(
    "nowhere, by default",
    arguments: [
      "http://example.org/", "http://127.0.0.1/", "http://[::1]/", "http://localhost/", "https://example.org/",
    ])
  func nowhere(_ url: String) { #expect(ImportFilter().address(url) == nil) }

  @Test(
    "a listed host by its own name alone",
    arguments: [
      ("http://mirror.example/x", true), ("http://MIRROR.example:80", true), ("http://mirror.example:81/", false),
      ("https://mirror.example/", false), ("http://mirror.example@127.0.0.1/", false),
      ("http://mirror.example.evil/", false),
      ("http://evil/?http://mirror.example", false), ("http://evil\\@mirror.example/", false),
      ("ftp://mirror.example/", false),
      ("http://mirror.example/a b", false), ("http://mirror.example\r\nx/", false), ("http:mirror.example", false),
      ("", false),
    ])
  func listed(_ url: String, _ isAllowed: Bool) {
    var filter = ImportFilter()
    filter.allowedHosts = ["mirror.example"]
    #expect((filter.address(url) != nil) == isAllowed)
  }

  @Test("what is allowed wins over what is not, as in Glance")
  func precedence() {
    var filter = ImportFilter()
    (filter.allowedHosts, filter.disallowedHosts) = (["a"], ["a"])
    #expect(filter.address("http://a/") != nil)
    (filter.allowedHosts, filter.allowedPorts, filter.disallowedPorts) = ([], [], [22])
    #expect(filter.address("http://a/") == nil)
    #expect(filter.address("http://b/") != nil)
    #expect(filter.address("http://b:22/") == nil)
    #expect(filter.address("http://b:8080/") != nil)
  }

  @Test("where only some hosts are disallowed, nothing inside can be reached")
  func inside() async throws {
    let remote = try RemoteServer { _ in .bytes([1]) }
    var filter = ImportFilter()
    (filter.disallowedHosts, filter.allowedPorts) = (["x"], [remote.port])
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"] {
      let address = try #require(filter.address(remote.url(host: host)))
      await #expect(throws: HTTPDownloadError.refused, "\(host)") { try await HTTPDownload.begin(address, filter) }
    }
    await remote.stop()
  }

  @Test(
    "addresses inside are told from those outside",
    arguments: [
      ("8.8.8.8", true), ("10.1.2.3", false), ("172.16.0.1", false), ("172.32.0.1", true), ("192.168.1.1", false),
      ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false), ("224.0.0.1", false),
      ("198.18.0.1", false),
      ("::1", false), ("::", false), ("fe80::1", false), ("fd00::1", false), ("ff02::1", false),
      ("::ffff:10.0.0.1", false),
      ("64:ff9b::a00:1", false), ("2002:a00:1::", false), ("2001:db8::1", false), ("2606:4700::1111", true),
    ])
  func addresses(_ text: String, _ isPublic: Bool) throws {
    let found = RemoteAddress.resolve(text, port: 80)
    #expect(try #require(found.first).isPublic == isPublic)
  }

  @Test(
    "a redirection leads on from where it is",
    arguments: [
      ("/b", "http://h:81/b"), ("b?c", "http://h:81/a/b?c"), ("//i/b", "http://i/b"), ("http://i/", "http://i/"),
    ])
  func redirections(_ location: String, _ url: String) throws {
    let address = try #require(HTTPAddress("http://h:81/a/x?y=/z"))
    #expect(address.redirected(to: location) == HTTPAddress(url))
  }
}

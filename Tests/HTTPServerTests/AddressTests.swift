import HTTPServer
import Testing

@Suite("Addresses")
struct AddressTests {
  @Test(
    "are read whatever their form",
    arguments: [
      ("127.0.0.1", [127, 0, 0, 1]), ("::ffff:127.0.0.1", [127, 0, 0, 1]), ("10.0.0.255", [10, 0, 0, 255]),
    ])
  func read(_ text: String, _ bytes: [UInt8]) { #expect(IPAddress(text)?.bytes == bytes) }

  @Test(
    "that are none are refused", arguments: ["", "127.1", "127.0.0.01", "1.2.3.4 ", "[::1]", "::1%lo", "1.2.3.4\0"])
  func refused(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test("of the loopback are known")
  func loopback() {
    for text in ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.2"] {
      #expect(IPAddress(text)?.isLoopback == true, "\(text)")
    }
    for text in ["128.0.0.1", "0.0.0.0", "::", "::2", "1::1"] {
      #expect(IPAddress(text)?.isLoopback == false, "\(text)")
    }
  }

  @Test(
    "are in their networks, and in no others",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.1", "10.0.0.1", true),
      ("10.0.0.1", "10.0.0.2", false), ("192.168.0.128/25", "192.168.0.200", true),
      ("192.168.0.128/25", "192.168.0.100", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::1", false),
      ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe80::1", false), ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ])
  func networks(_ network: String, _ address: String, _ isInside: Bool) throws {
    #expect(try #require(IPNetwork(network)).contains(#require(IPAddress(address))) == isInside)
  }

  @Test(
    "of networks are refused with a broken prefix",
    arguments: ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "/8"])
  func brokenNetworks(_ text: String) { #expect(IPNetwork(text) == nil) }

  @Test("with ports are read as URLs write them")
  func authorities() {
    let name = HTTPAuthority("Cloud.Example.:5000")
    #expect(name?.host == "cloud.example" && name?.port == 5000 && name?.address == nil)
    let address = HTTPAuthority("[::1]:80")
    #expect(address?.host == "::1" && address?.port == 80 && address?.address?.isLoopback == true)
    #expect(HTTPAuthority("127.0.0.1")?.port == nil)
    for text in [
      "", ".", ":80", "a:", "a:65536", "a:99999999999999999999", "a@b", "[127.0.0.1]", "[::1", "[g::]", "a b",
    ] {
      #expect(HTTPAuthority(text) == nil, "\(text)")
    }
  }
}

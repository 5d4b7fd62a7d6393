import Testing

@testable import OpenStackAPI

@Suite("Addresses of services")
struct ServiceAddressesTests {
  @Test(
    "are on the port that a service has to itself, else below the address that the client used",
    arguments: [
      ("http://a:5000", "/compute/v2.1", "http://a:8774/v2.1"), ("http://a:5000", "/compute", "http://a:8774"),
      ("http://a", "/compute/v2/$x", "http://a:8774/v2/$x"),
      ("http://a:5000", "/computer/v2", "http://a:5000/computer/v2"),
      ("http://[::1]:5000", "/compute/v2.1", "http://[::1]:8774/v2.1"),
      ("http://[::1]", "/compute/", "http://[::1]:8774/"),
      ("http://a:5000/worlds/w:1", "/compute/v2.1", "http://a:8774/worlds/w:1/v2.1"),
      ("http://a:5000/worlds/w", "/image", "http://a:5000/worlds/w/image"),
    ])
  func ports(_ origin: String, _ path: String, _ address: String) {
    #expect(ServiceAddresses(origin: origin, ports: ["/compute": 8774]).address(of: path) == address)
  }
}

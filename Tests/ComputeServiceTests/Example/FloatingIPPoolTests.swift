import CloudTesting
import Testing

@Suite("Pools of floating addresses")
struct FloatingIPPoolTests {
  @Test("are listed until 2.35, with which Nova left them to Neutron")
  func index() async throws {
    let cloud = try await TestCloud()
    try await cloud.compute(at: "2.35").get("/os-floating-ip-pools").expect(
      200, ["floating_ip_pools": [["name": "public"]]])
    try await cloud.compute(at: "2.36").get("/os-floating-ip-pools").expect(404)
  }
}

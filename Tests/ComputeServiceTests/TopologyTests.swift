import CloudTesting
import OpenStackAPI
import Testing

@Suite("NUMA nodes of servers")
struct TopologyTests {
  private func flavor(_ cloud: TestCloud, _ id: String, _ specs: JSON) async throws {
    let admin = try await cloud.compute(as: .admin, at: "2.96")
    let flavor: JSON = ["name": .string(id), "id": .string(id), "vcpus": 4, "ram": 512, "disk": 1]
    try await admin.post("/flavors", ["flavor": flavor]).expect(200)
    try await admin.post("/flavors/\(id)/os-extra_specs", ["extra_specs": specs]).expect(200)
  }

  @Test("what the flavor asks for shows, and where it is to administrators alone")
  func shown() async throws {
    let cloud = try await TestCloud()
    try await flavor(cloud, "n", ["hw:numa_nodes": "2", "hw:cpu_policy": "dedicated", "hw:mem_page_size": "1GB"])
    let nova = try await cloud.compute(at: "2.78")
    let id = try await nova.boot(["flavorRef": "n"])
    try await cloud.settle()
    try await nova.get("/servers/\(id)/topology").expect(
      200,
      [
        "nodes": [
          ["vcpu_set": [0, 1], "siblings": [], "memory_mb": 256],
          ["vcpu_set": [2, 3], "siblings": [], "memory_mb": 256],
        ], "pagesize_kb": 1_048_576,
      ])
    let admin = try await cloud.compute(as: .admin, at: "2.78")
    let node = try await admin.get("/servers/\(id)/topology").json["nodes"]?.array?.last
    #expect(node?["host_node"] == 1 && node?["cpu_pinning"] == ["2": 2, "3": 3])
  }

  @Test("a flavor that asks for what cannot be is refused, at the boot as at a resize")
  func refused() async throws {
    let cloud = try await TestCloud()
    try await flavor(cloud, "odd", ["hw:numa_nodes": "3"])
    let nova = try await cloud.compute(at: "2.96")
    let words =
      "Instance CPUs and/or memory cannot be evenly distributed across instance NUMA nodes. Explicit assignment of CPUs "
      + "and memory to nodes is required"
    try await nova.tryBoot(["flavorRef": "odd"]).refuses(400, "badRequest", words)
    let id = try await nova.boot(["flavorRef": "42"])
    try await cloud.settle()
    try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": "odd"]]).refuses(400, "badRequest", words)
  }
}

import CloudTesting
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Formats of disks")
struct FormatTests {
  /// An empty sector but for what is put into it.
  private static func sector(_ parts: [(Int, [UInt8])], count: Int = 512) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for (place, part) in parts { bytes.replaceSubrange(place..<place + part.count, with: part) }
    return bytes
  }

  private static let vhd = sector([(0, Array("conectix".utf8)), (40, [0, 0, 0, 0, 1, 0, 0, 0])])
  private static let vdi = sector([(64, [0x7F, 0x10, 0xDA, 0xBE]), (368, [0, 0, 0, 2])])
  private static let iso = sector(
    [(32 << 10, Array("\u{1}CD001".utf8)), ((32 << 10) + 80, [3]), ((32 << 10) + 129, [8])], count: 34 << 10)
  private static let partitioned = sector([(446, [0x80, 0, 1, 0, 0x83]), (510, [0x55, 0xAA])])

  @Test(
    "the virtual size is in the header of each format",
    arguments: [
      ("qcow2", QCOW2(virtualSize: 5 << 30).bytes, 5 << 30), ("vhd", vhd, 1 << 24), ("vdi", vdi, 1 << 25),
      ("iso", iso, 3 * 2048), ("raw", [1, 2, 3], 3), ("raw", vdi, 512), ("raw", partitioned, 512),
    ])
  func virtualSize(format: String, bytes: [UInt8], size: Int) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["disk_format": .string(format)])
    #expect(try await cloud.upload(id, bytes).status == 204)
    #expect(try await cloud.get("/v2/images/" + id).json["virtual_size"] == .integer(size))
  }

  @Test(
    "bytes that are not what they are said to be are refused, and the image can be tried again",
    arguments: [
      ("qcow2", [1, 2, 3], "Image disk_format qcow2 does not match stream data raw"),
      ("vmdk", vdi, "Image disk_format vmdk does not match stream data vdi"),
      ("ami", vdi, "Image disk_format ami does not match stream data vdi"),
      ("raw", sector([(0, Array("QED\0".utf8))]), "Image failed safety checks"),
      ("raw", sector([(510, [0x55, 0xAA])]), "Image failed safety checks"),
      ("vhd", Array("conectix".utf8), "Incomplete file cannot be safety checked"),
    ])
  func mismatch(format: String, bytes: [UInt8], message: String) async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["disk_format": .string(format)])
    let answer = try await cloud.upload(id, bytes)
    #expect(answer.status == 415)
    #expect(answer.text.contains(message))
    #expect(try await cloud.get("/v2/images/" + id).json["status"] == "queued")
    #expect(cloud.files.isEmpty)
  }

  @Test("what is in a container is not looked at")
  func container() async throws {
    let cloud = try await Cloud()
    let id = try await cloud.create(["disk_format": "qcow2", "container_format": "ovf"])
    #expect(try await cloud.upload(id, [1, 2, 3]).status == 204)
    #expect(try await cloud.get("/v2/images/" + id).json["virtual_size"] == .null)
  }

  @Test("where formats need not match, any bytes are taken but dangerous ones")
  func unenforced() async throws {
    let cloud = try await TestCloud(#"{"image": {"require_image_format_match": false}}"#)
    let client = try await cloud.image()
    let octets = [("Content-Type", "application/octet-stream")]
    for (bytes, status) in [([1, 2, 3], 204), (Self.sector([(0, Array("QED\0".utf8))]), 415)] {
      let image = ["name": "i", "disk_format": status == 204 ? "qcow2" : "raw", "container_format": "bare"] as JSON
      let id = try await client.post("/images", image).expect(201).json["id"]?.text ?? ""
      try await client.send("PUT", "/images/\(id)/file", body: bytes, headers: octets).expect(status)
      #expect(try await client.get("/images/\(id)").json["virtual_size"] == .null)
    }
    await cloud.close()
  }
}

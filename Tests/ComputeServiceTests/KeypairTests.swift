import CloudTesting
import OpenStackAPI
import Testing

@Suite("Key pairs")
struct KeypairTests {
  static let ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFQ0nmTHnKQiMWm9ITSwGTxRoYxXuLyNLg0UUqDzX0Nl me@x"

  @Test("a key that is imported has the fingerprint that real Nova gives it")
  func imported() async throws {
    let nova = try await TestCloud().compute(at: "2.92")
    let key = try await nova.post("/os-keypairs", ["keypair": ["name": "k", "public_key": .string(Self.ed25519)]])
      .expect(201).json["keypair"]
    #expect(key?["fingerprint"] == "5a:ab:ec:1f:6a:f8:ab:99:ad:8c:8a:21:cb:21:85:0e")
    #expect(key?["private_key"] == nil && key?["type"] == "ssh")
    try await nova.post("/os-keypairs", ["keypair": ["name": "k", "public_key": .string(Self.ed25519)]]).expect(
      409, ["conflictingRequest": ["code": 409, "message": "Key pair 'k' already exists."]])
  }

  @Test("statuses moved with 2.2", arguments: [("2.1", 200, 202), ("2.2", 201, 204), ("2.91", 201, 204)])
  func statuses(version: String, created: Int, deleted: Int) async throws {
    let nova = try await TestCloud().compute(at: version)
    let key: JSON = ["keypair": ["name": "k", "public_key": .string(Self.ed25519)]]
    try await nova.post("/os-keypairs", key).expect(created)
    try await nova.delete("/os-keypairs/k").expect(deleted)
    try await nova.delete("/os-keypairs/k").expect(404)
  }

  @Test("until 2.91 Nova makes a key; from 2.92 it must be given")
  func generated() async throws {
    let cloud = try await TestCloud()
    let key = try await cloud.compute(at: "2.1").post("/os-keypairs", ["keypair": ["name": "k"]]).expect(200).json
    #expect(key["keypair"]?["private_key"]?.text?.contains("RSA PRIVATE KEY") == true)
    #expect(key["keypair"]?["public_key"]?.text?.hasPrefix("ssh-rsa AAAA") == true)
    let refused = try await cloud.compute(at: "2.92").post("/os-keypairs", ["keypair": ["name": "j"]]).expect(400)
    #expect(refused.text.contains("'public_key' is a required property"))
  }

  @Test(
    "names and keys that are none are refused",
    arguments: [
      (["name": "k!"], #"'k!' does not match '^[_\\\\- a-zA-Z0-9]+$'"#), (["name": ""], "should be non-empty"),
      (["name": 1], "is not of type 'string'"), (["public_key": "x"], "'name' is a required property"),
      (["name": "k", "public_key": "garbage"], "Keypair data is invalid: failed to generate fingerprint"),
      (["name": "k", "public_key": "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIFQ0"], "failed to generate fingerprint"),
      (["name": "k", "type": "ssh"], "Additional properties are not allowed ('type' was unexpected)"),
    ] as [(JSON, String)])
  func refused(keypair: JSON, message: String) async throws {
    let answer = try await TestCloud().compute(at: "2.1").post("/os-keypairs", ["keypair": keypair]).expect(400)
    #expect(answer.text.contains(message), "\(answer)")
  }

  @Test("a user sees no other's key pairs; an administrator may name the user")
  func users() async throws {
    let cloud = try await TestCloud()
    let (admin, demo) = (try await cloud.compute(as: .admin, at: "2.10"), try await cloud.compute(at: "2.10"))
    try await demo.post("/os-keypairs", ["keypair": ["name": "k", "public_key": .string(Self.ed25519)]]).expect(201)
    #expect(try await admin.get("/os-keypairs").json["keypairs"] == [])
    let user = try #require(try await demo.get("/os-keypairs/k").json["keypair"]?["user_id"]?.text)
    #expect(try await admin.get("/os-keypairs?user_id=\(user)").json["keypairs"]?.array?.count == 1)
    try await demo.get("/os-keypairs?user_id=somebody").expect(403)
    try await demo.get("/os-keypairs/none").expect(
      404, ["itemNotFound": ["code": 404, "message": .string("Keypair none not found for user \(user)")]])
  }

  @Test("the list pages from 2.35")
  func pages() async throws {
    let nova = try await TestCloud().compute(at: "2.35")
    for name in ["c", "a", "b"] {
      try await nova.post("/os-keypairs", ["keypair": ["name": .string(name), "public_key": .string(Self.ed25519)]])
        .expect(201)
    }
    let page = try await nova.get("/os-keypairs?limit=2").expect(200).json
    #expect(page["keypairs"]?.array?.compactMap { $0["keypair"]?["name"]?.text } == ["a", "b"])
    #expect(page["keypairs_links"]?.array?.first?["href"]?.text?.hasSuffix("/os-keypairs?limit=2&marker=b") == true)
    try await nova.get("/os-keypairs?marker=zz").expect(
      400, ["badRequest": ["code": 400, "message": "Marker zz could not be found."]])
  }
}

import CloudTesting
import OpenStackAPI
import Testing

@Suite("Forms of a request to boot servers")
struct BootFormTests {
  private func hosts(_ cloud: TestCloud, _ more: JSON) async throws -> [String] {
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    _ = try await nova.boot(more)
    let servers = try await nova.get("/servers/detail?sort_key=launch_index&sort_dir=asc").json["servers"]?.array ?? []
    return servers.compactMap { $0["OS-EXT-SRV-ATTR:hostname"]?.text }
  }

  @Test("what a name leaves is cut short before servers are numbered, and a name that leaves nothing gives the id")
  func hostNames() async throws {
    let long = String(repeating: "Ä", count: 70)
    #expect(
      try await hosts(TestCloud(), ["name": .string(long), "min_count": 2])
        == ["-1", "-2"].map { String(repeating: "ä", count: 63) + $0 })
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let servers = try await hosts(cloud, ["name": "漢字", "min_count": 2])
    let ids = try await nova.get("/servers?sort_key=launch_index&sort_dir=asc").json["servers"]?.array ?? []
    #expect(servers == ids.compactMap { $0["id"]?.text.map { "Server-" + $0 } } && servers.count == 2)
    #expect(ids.compactMap { $0["name"]?.text } == ["漢字-1", "漢字-2"])
  }

  @Test("a flavor may be named by a link at the boot, and by its id alone at a resize")
  func links() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.47")
    let id = try await nova.boot(["flavorRef": "https://elsewhere.example.com/v2/flavors/2?x=/3#4"])
    try await cloud.settle()
    #expect(try await nova.get("/servers/\(id)").json["server"]?["flavor"]?["original_name"] == "m1.small")
    let link = "http://h/flavors/3"
    try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": .string(link)]]).expect(
      400, ["badRequest": ["code": 400, "message": .string("Flavor \(link) could not be found.")]])
    let nowhere: JSON = [
      "server": ["name": "s", "imageRef": image, "networks": "none", "flavorRef": "http://h/flavors/nope"]
    ]
    try await nova.post("/servers", nowhere).expect(
      400, ["badRequest": ["code": 400, "message": "Flavor nope could not be found."]])
  }

  @Test(
    "what Nova refuses beyond the schema is refused in its words",
    arguments: [
      (["networks": [[:]]], "Bad network format: missing 'uuid'"),
      (["networks": [["port": nil, "tag": "t"]]], "Bad network format: missing 'uuid'"),
      (
        ["networks": [["port": image, "fixed_ip": "10.0.0.9"]]],
        "Specified Fixed IP '10.0.0.9' cannot be used with port '\(image.text ?? "")': the two cannot be specified "
          + "together."
      ),
      (
        ["networks": [["port": image], ["port": image]]],
        "Port ID '\(image.text ?? "")' was specified twice: you cannot attach a port multiple times."
      ),
      (["networks": [["uuid": image]], "key_name": "nope"], "Network \(image.text ?? "") could not be found."),
      (["min_count": 2, "hostname": "h"], "Unable to allocate a single hostname to multiple instances"),
      (["availability_zone": "a:b:c:d"], "Invalid input received: Unable to parse availability_zone"),
      (
        ["availability_zone": "nova:pocketstack", "host": "pocketstack"],
        "One mechanism with host and/or hypervisor_hostname and another mechanism with zone:host:node are mutually "
          + "exclusive."
      ),
      // The flavor is looked up before the image, and the zone between them.
      (["flavorRef": "x", "availability_zone": "x"], "Flavor x could not be found."),
      (["availability_zone": "x", "imageRef": ""], "Missing imageRef attribute"),
      (["availability_zone": "x", "key_name": "nope"], "The requested availability zone is not available"),
    ] as [(JSON, String)])
  func refused(change: JSON, message: String) async throws {
    let answer = try await TestCloud().compute(as: .admin, at: "2.96").tryBoot(change).expect(400)
    #expect(answer.text.contains(JSON.string(message).jsonText.dropFirst().dropLast()), "\(answer)")
  }

  @Test("a network without an id is refused at 2.1 as well")
  func oldNetworks() async throws {
    try await TestCloud().compute().tryBoot(["networks": [["fixed_ip": "10.0.0.9"]]]).refuses(
      400, "badRequest", "Bad network format: missing 'uuid'")
    try await TestCloud().compute().tryBoot(["networks": [["uuid": "net"]]]).refuses(
      400, "badRequest", "Bad networks format: network uuid is not in proper format (net)")
  }
}

@Suite("How disks take up their flavors")
struct DiskConfigTests {
  private func image(_ cloud: TestCloud, _ property: String?) async throws -> JSON {
    let glance = try await cloud.image(as: .admin)
    var body = JSONObject([
      ("disk_format", "raw"), ("container_format", "bare"), ("visibility", "public"), ("min_ram", 100), ("min_disk", 3),
    ])
    if let property { body["auto_disk_config"] = .string(property) }
    let id = try #require(try await glance.post("/images", .object(body)).expect(201).json["id"]?.text)
    try await glance.send(
      "PUT", "/images/\(id)/file", body: Array("data".utf8), headers: [("Content-Type", "application/octet-stream")]
    ).expect(204)
    return .string(id)
  }

  private func shown(_ nova: TestClient, _ id: String) async throws -> String? {
    try await nova.get("/servers/\(id)").json["server"]?["OS-DCF:diskConfig"]?.text
  }

  @Test(
    "a server inherits it from its image, whatever word of truth that says",
    arguments: [("yes", "AUTO"), (" On ", "AUTO"), ("false", "MANUAL"), ("2", "MANUAL"), ("disabled", "MANUAL")])
  func inherited(property: String, expected: String) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.37")
    let image = try await image(cloud, property)
    let id = try await nova.boot(["imageRef": image, "flavorRef": "2"])
    try await cloud.settle()
    #expect(try await shown(nova, id) == expected)
    let seen = try await cloud.compute(at: "2.35").get("/images/\(image.text ?? "")").json["image"]
    #expect(seen?["OS-DCF:diskConfig"] == .string(expected))
    let rebuilt = try await nova.boot(["flavorRef": "2"])
    try await cloud.settle()
    let answer = try await nova.post("/servers/\(rebuilt)/action", ["rebuild": ["imageRef": image]]).expect(202)
    #expect(answer.json["server"]?["OS-DCF:diskConfig"] == .string(expected))
  }

  @Test("an image that disables it lets nobody ask for it: not at the boot, a rebuild or a resize")
  func disabled() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    let image = try await image(cloud, " Disabled ")
    let message = "Requested image \(image.text ?? "") has automatic disk resize disabled."
    try await nova.tryBoot(["imageRef": image, "flavorRef": "2", "OS-DCF:diskConfig": "AUTO"]).refuses(
      400, "badRequest", message)
    let id = try await nova.boot(["imageRef": image, "flavorRef": "2", "OS-DCF:diskConfig": "MANUAL"])
    try await cloud.settle()
    for body: JSON in [
      ["rebuild": ["imageRef": image, "OS-DCF:diskConfig": "AUTO"]],
      ["resize": ["flavorRef": "nope", "OS-DCF:diskConfig": "AUTO"]],
    ] {
      try await nova.post("/servers/\(id)/action", body).refuses(400, "badRequest", message)
    }
  }

  @Test("a resize takes what it says, and goes back to MANUAL where it says nothing; so does a migration")
  func resized() async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(as: .admin, at: "2.96")
    let id = try await nova.boot(["OS-DCF:diskConfig": "AUTO"])
    try await cloud.settle()
    for (flavor, asked) in [("2", "AUTO"), ("3", nil)] as [(String, String?)] {
      var resize = JSONObject([("flavorRef", .string(flavor))])
      if let asked { resize["OS-DCF:diskConfig"] = .string(asked) }
      try await nova.post("/servers/\(id)/action", ["resize": .object(resize)]).expect(202)
      try await cloud.settle()
      #expect(try await shown(nova, id) == asked ?? "MANUAL")
      try await nova.post("/servers/\(id)/action", ["confirmResize": nil]).expect(204)
      try await cloud.settle()
    }
    try await nova.put("/servers/\(id)", ["server": ["OS-DCF:diskConfig": "AUTO"]]).expect(200)
    try await nova.post("/servers/\(id)/action", ["migrate": nil]).expect(202)
    try await cloud.settle()
    #expect(try await shown(nova, id) == "MANUAL")
  }

  @Test("a resize needs room for the image, and for the disk that it was laid out for")
  func room() async throws {
    let cloud = try await TestCloud()
    let (nova, admin) = (try await cloud.compute(at: "2.96"), try await cloud.compute(as: .admin))
    for (id, ram, disk) in [("a", 64, 20), ("b", 512, 10), ("c", 512, 0)] as [(JSON, JSON, JSON)] {
      try await admin.post("/flavors", ["flavor": ["name": id, "id": id, "vcpus": 1, "ram": ram, "disk": disk]])
        .expect(200)
    }
    let image = try await image(cloud, nil)
    let id = try await nova.boot(["imageRef": image, "flavorRef": "2"])
    try await cloud.settle()
    for (flavor, message) in [
      ("a", "Flavor's memory is too small for requested image."),
      (
        "b",
        "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is 10737418240 bytes, "
          + "minimum size is 21474836480 bytes."
      ),
      ("c", "Server disk was unable to be resized because: Resize to zero disk flavor is not allowed."),
    ] as [(JSON, String)] {
      try await nova.post("/servers/\(id)/action", ["resize": ["flavorRef": flavor]]).refuses(
        400, "badRequest", message)
    }
  }
}

@Suite("Times that are kept finer than they are shown")
struct ShownTimeTests {
  @Test("a server that changed within a second is in the lists of that second", arguments: [0, 250, 999])
  func servers(milliseconds: Int) async throws {
    let cloud = try await TestCloud()
    let nova = try await cloud.compute(at: "2.96")
    try await cloud.advance(.milliseconds(milliseconds))
    let id = try await nova.boot()
    try await cloud.settle()
    let shown = try #require(try await nova.get("/servers/\(id)").json["server"]?["updated"]?.text)
    let before = shown.replacing("00:00:0", with: "23:59:5").replacing("2026-01-01", with: "2025-12-31")
    func found(_ query: String) async throws -> Bool {
      try await nova.get("/servers?\(query)").json["servers"]?.array?.contains { $0["id"]?.text == id } ?? false
    }
    #expect(try await found("changes-since=\(shown)"))
    #expect(try await found("changes-before=\(shown)"))
    #expect(try await found("changes-since=\(shown)&changes-before=\(shown)"))
    #expect(try await found("changes-before=\(before)") == false)
    #expect(try await found("changes-since=\(shown.replacing("Z", with: ".5Z"))") == false)
    #expect(try await found("changes-before=\(shown.replacing("Z", with: ".1Z"))"))
  }

  @Test("an image that changed within a second is in Nova's list of that second")
  func images() async throws {
    let cloud = try await TestCloud()
    try await cloud.advance(.milliseconds(700))
    let id = try #require(try await cloud.image(as: .admin).post("/images", [:]).expect(201).json["id"]?.text)
    let nova = try await cloud.compute(as: .admin)
    let shown = try #require(try await nova.get("/images/\(id)").json["image"]?["updated"]?.text)
    let list = try await nova.get("/images?changes-since=\(shown)").json["images"]?.array ?? []
    #expect(list.contains { $0["id"]?.text == id })
  }
}

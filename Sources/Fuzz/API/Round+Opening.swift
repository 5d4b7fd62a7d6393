import OpenStackAPI

extension Round {
  /// Makes a world whose clock stands, and logs in.
  func open() throws {
    world = world.isEmpty ? Surroundings.world : world + "x"
    draw.known = Knowledge()
    personas = Persona.all
    let clock: JSON = ["mode": "stopped", "now": "2026-01-01T00:00:00Z"]
    let creation: JSON = ["world": ["name": .string(world), "seed": .integer(number), "clock": clock]]
    guard try post("/pocketstack/v1/worlds", creation)?.status == 201 else {
      throw FuzzFailure("no world to begin with")
    }
    try killTokens()
    for index in personas.indices {
      guard try logIn(index) else { throw FuzzFailure("\(personas[index].name) cannot log in") }
    }
    draw.caller = personas[0]
    try makeSpareToken()
    try readVersions()
    for path in ["/identity/v3/roles", "/identity/v3/domains", "/compute/v2.1/flavors", "/image/v2/images"] {
      try learn(path)
    }
    draw.memberProject = personas.first { $0.name == "member" }?.own["project"] ?? ""
    draw.seededImage = draw.known.ids(of: "image").last ?? ""
    draw.known.keepAll()
    for persona in personas { draw.known.keep(persona.own) }
    for (kind, ids) in Self.fixed { for id in ids { draw.known.learn(id, of: kind) } }
    try delegate()
  }

  /// What is there without anybody's making it.
  private static let fixed = [
    ("world", Surroundings.victims), ("host", ["pocketstack"]), ("store", ["slow", "fast"]),
    ("extension", ["os-keypairs"]), ("quota_class_set", ["default"]), ("tag", ["atag"]), ("ip", ["private"]),
    ("hypervisor", ["1"]), ("instance_usage_audit_log", ["2026-01-01 00:00:00"]),
  ]

  /// A token of somebody who was switched off, one that was revoked, and one whose time is over.
  private func killTokens() throws {
    let off = Persona("off", user: "off", project: "demo")
    let tokens = try (0..<2).map { _ in try token(for: off.login)?["x-subject-token"] ?? "" }
    let admin = try token(for: personas[0].login)?["x-subject-token"] ?? ""
    var revocation = Message(method: "DELETE", target: "/worlds/\(world)/identity/v3/auth/tokens")
    revocation.headers = [("X-Auth-Token", admin), ("X-Subject-Token", tokens[0])]
    _ = try send(revocation)
    _ = try post("/worlds/\(world)/pocketstack/v1/clock/advance", ["advance": ["by": "61m"]])
    deadTokens += tokens
  }

  /// A token to be looked at and revoked.
  func makeSpareToken() throws {
    guard let member = personas.first(where: { $0.name == "member" }) else { return }
    draw.spareToken = try token(for: member.login)?["x-subject-token"] ?? draw.spareToken
  }

  /// Logs one in anew; whether that is possible.
  func logIn(_ index: Int) throws -> Bool {
    guard let answer = try token(for: personas[index].login), answer.status == 201,
      let body = try? JSON(parsing: answer.body), let token = body["token"]
    else { return false }
    personas[index].adopt(answer, token)
    return true
  }

  private func token(for login: JSON) throws -> WireAnswer? {
    try post("/worlds/\(world)/identity/v3/auth/tokens", login)
  }

  func post(_ target: String, _ body: JSON, as persona: Persona? = nil) throws -> WireAnswer? {
    var message = Message(method: "POST", target: target, body: Array(body.jsonText.utf8))
    message.headers = [("Content-Type", "application/json")]
    if let persona { message.headers.append(("X-Auth-Token", persona.token)) }
    return try send(message)
  }

  private func learn(_ path: String) throws {
    var message = Message(method: "GET", target: "/worlds/\(world)\(path)")
    message.headers = [("X-Auth-Token", personas[0].token)]
    if let answer = try send(message), let body = try? JSON(parsing: answer.body) { draw.known.read(body) }
  }

  private func readVersions() throws {
    let message = Message(method: "GET", target: "/worlds/\(world)/compute/v2.1/")
    guard let answer = try send(message), let body = try? JSON(parsing: answer.body) else { return }
    newest = body["version"]?["version"]?.text.flatMap { Version($0) } ?? newest
  }
}

extension Round {
  /// Those who act for others: by an application credential, and by a trust.
  private func delegate() throws {
    guard let member = personas.first(where: { $0.name == "member" }), let user = member.id(of: "user") else { return }
    let credential = try post(
      "/worlds/\(world)/identity/v3/users/\(user)/application_credentials",
      ["application_credential": ["name": "delegated", "unrestricted": true]], as: member)
    if let made = credential.flatMap({ try? JSON(parsing: $0.body) })?["application_credential"] {
      try add(
        "application credential",
        [
          "identity": [
            "methods": ["application_credential"],
            "application_credential": ["id": made["id"] ?? nil, "secret": made["secret"] ?? nil],
          ]
        ])
    }
    let trust = try post(
      "/worlds/\(world)/identity/v3/OS-TRUST/trusts",
      [
        "trust": [
          "trustor_user_id": .string(user), "trustee_user_id": .string(personas[0].id(of: "user") ?? ""),
          "project_id": .string(member.id(of: "project") ?? ""), "impersonation": true, "roles": [["name": "member"]],
        ]
      ], as: member)
    if let made = trust.flatMap({ try? JSON(parsing: $0.body) })?["trust"] {
      try add(
        "trustee",
        [
          "identity": personas[0].login["auth"]?["identity"] ?? nil,
          "scope": ["OS-TRUST:trust": ["id": made["id"] ?? nil]],
        ])
    }
  }

  private func add(_ name: String, _ auth: JSON) throws {
    personas.append(Persona(name, login: ["auth": auth]))
    if try !logIn(personas.count - 1) { personas.removeLast() }
  }
}

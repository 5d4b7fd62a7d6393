import HTTPServer
import OpenStackAPI
import Persistence
import Testing

@testable import IdentityService

/// What Keystone 30 answers on MariaDB 10.11, whose tables are `utf8mb3_general_ci`.
@Suite("Names")
struct NameTests {
  @Test("are the same whatever their case, their accents and blanks at their end, and stay as they were given")
  func logins() async throws {
    let office = try await Office()
    let cloud = office.cloud
    let id = await office.make("user", "Ánn Grün", ["password": "secret", "domain_id": "default"])
    for name in ["ánn grün", "ANN GRUN", "ann grun ", " ann grun"] {
      let answer = await office.send(.post, "/users", ["user": ["name": .string(name), "domain_id": "default"]])
      #expect(answer.status == 409, "\(name)")
    }
    for name in ["ann grun", "ÁNN GRÜN", "ann grun  "] {
      let answer = await cloud.login(name)
      #expect(answer.status == 201 && answer["token", "user", "name"] == "Ánn Grün", "\(name)")
    }
    for name in [" ann grun", "A\u{301}nn Gru\u{308}n"] { #expect(await cloud.login(name).status == 401, "\(name)") }
    #expect(await office.make("user", "A\u{301}nn Grün", ["domain_id": "default"]) != "")
    let renamed = await office.send(.patch, "/users/\(id)", ["user": ["name": "ANN GRUN"]])
    #expect(renamed.status == 200 && renamed["user", "name"] == "ANN GRUN")
  }

  @Test("of domains and projects too, which scopes name", arguments: ["default", "DEFAULT", "Defäult", "default "])
  func scopes(domain: String) async throws {
    let domainName: JSON = ["name": .string(domain)]
    let answer = try await TestCloud().authenticate([
      "identity": TestCloud.password(["name": "ADMIN", "domain": domainName], "secret"),
      "scope": ["project": ["name": "Ádmin", "domain": domainName]],
    ])
    #expect(answer.status == 201 && answer["token", "project", "name"] == "admin")
    #expect(answer["token", "user", "domain", "name"] == "Default")
  }

  @Test("of everything else are unique in the same way")
  func unique() async throws {
    let office = try await Office()
    _ = await office.make("group", "Café", ["domain_id": "default"])
    _ = await office.make("project", "Straße", ["domain_id": "default"])
    let service = await office.send(.post, "/services", ["service": ["name": "Svc", "type": "Thing"]])["service", "id"]
    let limit: @Sendable (String) -> JSON = {
      [
        "registered_limits": [
          ["service_id": .string(service ?? ""), "resource_name": .string($0), "default_limit": 1]
        ]
      ]
    }
    #expect(await office.send(.post, "/registered_limits", limit("Volume")).status == 201)
    #expect(await office.send(.post, "/registered_limits", limit("vólume")).status == 409)
    let taken: [(String, JSON)] = [
      ("/domains", ["domain": ["name": "dEFAULT"]]), ("/roles", ["role": ["name": "ADMÍN"]]),
      ("/groups", ["group": ["name": "CAFE", "domain_id": "default"]]),
      ("/projects", ["project": ["name": "STRASE", "domain_id": "default"]]),
      ("/regions", ["region": ["id": "regionone"]]),
    ]
    for (path, body) in taken { #expect(await office.send(.post, path, body).status == 409, "\(path)") }
    let free: [(String, JSON)] = [
      ("/roles", ["role": ["name": "admin\t"]]), ("/services", ["service": ["name": "SVC", "type": "THING"]]),
      ("/projects", ["project": ["name": "strasse", "domain_id": "default", "tags": ["Tag", "tag"]]]),
    ]
    for (path, body) in free { #expect(await office.send(.post, path, body).status == 201, "\(path)") }
    #expect(await office.send(.get, "/regions/REGIONONE")["region", "id"] == "RegionOne")
  }

  @Test(
    "are filtered by in the same way where the database filters",
    arguments: [
      ("users?name=DEMO", ["demo"]), ("users?name=d%C3%A9mo%20", ["demo"]), ("users?name__contains=DEM", []),
      ("users?name__icontains=D%C3%89M", ["demo"]), ("users?name__startswith=dem", ["demo"]),
      ("users?name__iendswith=EMO", ["demo"]), ("users?name__iendswith=o%20", []),
      ("users?name__icontains=d%25o", ["demo"]), ("users?name__icontains=d_mo", ["demo"]), ("users?name=dem%25", []),
      ("domains?name=DEFAULT", ["Default"]), ("roles?name=Admin", ["admin"]), ("projects?tags=TAG", []),
      ("services?name=KEYSTONE", []), ("services?type=IDENTITY", ["keystone"]),
    ])
  func filters(path: String, names: [String]) async throws {
    let office = try await Office()
    _ = await office.make("project", "tagged", ["domain_id": "default", "tags": ["tag"]])
    let answer = await office.send(.get, "/" + path)
    #expect(answer.names(String(path.prefix { $0 != "?" })) == names)
  }

  @Test("of rows that are older than the keys get one each, and both are found by their own spelling")
  func migration() throws {
    var older = IdentityService.migrations.migrations.filter { $0.number < 15 }
    older.append(
      Migration(
        99, "rows",
        """
        INSERT INTO projects (id, name, is_domain) VALUES ('d', 'Default', 1), ('e', 'default', 1), ('f', 'other ', 1);
        """))
    let keys = Migration(100, "keys of names", NameKeys.columns)
    let database = try Database(
      .memory, migrations: [MigrationSet(component: "identity", migrations: older + [keys])])
    let id = NameKeys.id(in: "projects", of: "is_domain", name: "?1")
    let found = try ["Default", "default", "DEFAULT", "Other"].map { name in
      try database.read { try $0.scalar("SELECT \(id)", name, as: String.self) }
    }
    #expect(found == ["d", "e", "d", "f"])
  }
}

import HTTPServer
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Version documents and unknown addresses")
struct VersionTests {
  private static let document: JSON = [
    "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
    "links": [["rel": "self", "href": "http://cloud.example:5000/identity/v3/"]],
    "media-types": [["base": "application/json", "type": "application/vnd.openstack.identity-v3+json"]],
  ]

  private static let legacy: JSON = [
    "id": "v2.0", "status": "deprecated", "updated": "2016-08-04T00:00:00Z",
    "links": [
      ["rel": "self", "href": "http://cloud.example:5000/identity/v2.0/"],
      ["rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"],
    ],
    "media-types": [["base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"]],
  ]

  @Test("the root lists the versions with 300 and says where to go", arguments: ["", "/"])
  func root(_ path: String) async throws {
    let cloud = try await TestCloud()
    for method in [HTTPMethod.get, .head] {
      let answer = await cloud.send(method, path)
      #expect(answer.status == 300)
      #expect(answer.headers["Location"] == "http://cloud.example:5000/identity/v3/")
      #expect(answer.json == ["versions": ["values": [Self.document]]])
    }
    let older = try await TestCloud(release: .mitaka).send(.get, path).json["versions"]?["values"]?.array
    #expect(older?.count == 2 && older?.last == Self.legacy)
  }

  @Test("the version stands at /v3, with a slash and without", arguments: ["/v3", "/v3/"])
  func version(_ path: String) async throws {
    let answer = try await TestCloud().send(.get, path, headers: [("Accept", "application/json")])
    #expect(answer.status == 200)
    #expect(answer.json == ["version": Self.document])
  }

  @Test("links have the address that the client used")
  func mounts() async throws {
    let answer = try await TestCloud().send(.get, "/v3", mount: "")
    #expect(answer["version", "links", "0", "href"] == "http://cloud.example:5000/v3/")
  }

  @Test(
    "every release has its version",
    arguments: zip(
      [Release.mitaka, .newton, .ocata, .pike, .queens, .rocky, .stein, .train, .ussuri, .gazpacho],
      ["v3.6", "v3.7", "v3.8", "v3.8", "v3.10", "v3.11", "v3.12", "v3.13", "v3.14", "v3.14"]))
  func releases(_ release: Release, _ id: String) async throws {
    let answer = try await TestCloud(["seed": ["defaults": false]], release: release).send(.get, "/v3")
    #expect(answer["version", "id"] == id)
  }

  @Test("JSON-home for those who prefer it")
  func jsonHome() async throws {
    let cloud = try await TestCloud()
    let root = await cloud.send(.get, "/", headers: [("Accept", "application/json-home")])
    #expect(root.status == 200)
    #expect(root.headers["Content-Type"] == "application/json-home")
    let base = "https://docs.openstack.org/api/openstack-identity/3/"
    #expect(root["resources", base + "rel/auth_tokens", "href"] == "/v3/auth/tokens")
    let answer = await cloud.send(
      .get, "/v3", headers: [("Accept", "application/json;q=0.5, application/json-home;q=0.8")])
    let project = try #require(answer.json["resources"]?[base + "rel/user_projects"])
    #expect(project["href-template"] == "/users/{user_id}/projects")
    #expect(project["href-vars"] == ["user_id": .string(base + "param/user_id")])
    let plain = await cloud.send(.get, "/v3", headers: [("Accept", "*/*, application/json-home")])
    #expect(plain.json["version"] != nil)
  }

  @Test(
    "an unknown path is a page of HTML", arguments: ["/nosuch", "/v3/nosuch", "/v2.1", "/v3/projects/a/b"])
  func unknownPath(_ path: String) async throws {
    let answer = try await TestCloud().send(.get, path)
    #expect(answer.status == 404)
    #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
    #expect(answer.headers["Vary"] == "X-Auth-Token")
    #expect(answer.text.hasPrefix("<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>"))
  }

  @Test("a wrong method says which are right")
  func wrongMethod() async throws {
    let cloud = try await TestCloud()
    let answer = await cloud.send(.put, "/v3/projects")
    #expect(answer.status == 405)
    #expect(answer.headers["Allow"] == "HEAD, OPTIONS, GET, POST")
    #expect(answer.json == ["message": "The method is not allowed for the requested URL."])
    let options = await cloud.send(.options, "/v3/auth/tokens")
    #expect(options.status == 200)
    #expect(options.headers["Allow"] == "OPTIONS, POST, GET, HEAD, DELETE")
  }
}

import HTTPServer
import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Glance's versions and refusals")
struct VersionsTests {
  @Test("the root, /versions and unknown paths beside /v2 list the versions without a token")
  func list() async throws {
    let cloud = try await Cloud()
    for (path, status) in [("/", 300), ("/versions", 200), ("/nosuch", 300), ("/v1/images", 300)] {
      let answer = try await cloud.get(path, as: nil)
      #expect(answer.status == status)
      let versions = try #require(answer.json["versions"]?.array)
      #expect(versions.contains { $0["id"] == "v2.17" })
      #expect(versions.last?["links"]?.array?.first?["href"] == "http://127.0.0.1:5000/image/v2/")
    }
  }

  @Test(
    "every release has the newest version it had",
    arguments: [(Release.mitaka, "v2.3"), (.pike, "v2.5"), (.stein, "v2.7"), (.xena, "v2.12"), (.caracal, "v2.16")])
  func releases(_ release: Release, _ current: String) async throws {
    let versions = try await Cloud(release: release).get("/versions", as: nil).json["versions"]?.array ?? []
    #expect(versions.filter { $0["status"] == "CURRENT" }.compactMap { $0["id"]?.text } == [current])
    #expect(versions.first { $0["id"] == "v2.0" }?["status"] == "SUPPORTED")
  }

  @Test("/v2 leads to /v2/, where there is nothing")
  func redirect() async throws {
    let cloud = try await Cloud()
    let answer = try await cloud.get("/v2")
    #expect(answer.status == 302)
    #expect(answer.headers["Location"] == "http://127.0.0.1:5000/image/v2/")
    #expect(try await cloud.get("/v2/").status == 404)
    #expect(try await cloud.get("/v2", as: nil).status == 401)
  }

  @Test("a refusal comes in the form that the client accepts")
  func forms() async throws {
    let cloud = try await Cloud()
    let json = try await cloud.get("/v2/images/nope")
    #expect(json.headers["Content-Type"] == "application/json")
    #expect(
      json.json == [
        "message": "No image found with ID nope<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found",
      ])
    let html = try await cloud.get("/v2/images/nope", headers: ["Accept": "*/*"])
    #expect(html.headers["Content-Type"] == "text/html; charset=UTF-8")
    #expect(html.text.contains("<h1>404 Not Found</h1>\n  No image found with ID nope<br /><br />"))
    let plain = try await cloud.get("/v2/images/nope", headers: ["Accept": ""])
    #expect(plain.headers["Content-Type"] == "text/plain; charset=UTF-8")
    #expect(plain.text == "404 Not Found\n\nNo image found with ID nope\n\n   ")
  }

  @Test("HTML quotes what the client sent")
  func escapes() async throws {
    let page = try await Cloud().get("/v2/images/%3Cb%3E'", headers: ["Accept": "text/html"])
    #expect(page.text.contains("No image found with ID &lt;b&gt;&#x27;<br />"))
  }

  @Test("a missing token is refused with the address of the identity service")
  func unauthorized() async throws {
    for path in ["/v2/images", "/v2/nosuch", "/v2/schemas/image"] {
      let answer = try await Cloud().get(path, as: nil)
      #expect(answer.status == 401)
      #expect(answer.headers["WWW-Authenticate"] == "Keystone uri=\"http://127.0.0.1:5000/identity\"")
    }
  }

  @Test("the versions are told whatever the method", arguments: [HTTPMethod.get, .head, .post, .delete, .put, .patch])
  func anyMethod(_ method: HTTPMethod) async throws {
    let cloud = try await Cloud()
    #expect(try await cloud.send(method, "/", as: nil).status == 300)
    #expect(try await cloud.send(method, "/versions", as: nil).status == 200)
  }

  @Test("a query that is no UTF-8 is refused by reads that look at it")
  func undecodable() async throws {
    let cloud = try await Cloud()
    let answer = try await cloud.get("/v2/images?name=%FF")
    #expect(answer.status == 400 && answer.message.hasPrefix("Error decoding your request. Either the URL or"))
    #expect(try await cloud.get("/v2/images?name=%C3%BC%EF%BF%BD").status == 200)
  }

  @Test("a wrong method names those that are right, and HEAD is not GET")
  func methods() async throws {
    let head = try await Cloud().send(.head, "/v2/images")
    #expect(head.status == 405 && head.headers["Allow"] == "GET, POST")
    let answer = try await Cloud().send(.put, "/v2/images", headers: ["Accept": ""])
    #expect(answer.status == 405)
    #expect(answer.headers["Allow"] == "GET, POST")
    #expect(answer.text == "405 Method Not Allowed\n\nThe method PUT is not allowed for this resource. \n\n ")
  }

  @Test("a path below /v2 that is not there is not found")
  func unknown() async throws {
    let answer = try await Cloud().get("/v2/nosuch", headers: ["Accept": ""])
    #expect(answer.status == 404)
    #expect(answer.text == "404 Not Found\n\nThe resource could not be found.\n\n   ")
  }
}

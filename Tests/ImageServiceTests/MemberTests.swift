import OpenStackAPI
import Testing

@testable import ImageService

@Suite("Members of images")
struct MemberTests {
  private static let stranger = JSON.string(Cloud.otherProject)

  /// A cloud with one image that is offered to the stranger's project.
  private func shared() async throws -> (cloud: Cloud, members: String, image: String) {
    let cloud = try await Cloud()
    let image = try await cloud.create()
    let members = "/v2/images/\(image)/members"
    let answer = try await cloud.post(members, ["member": Self.stranger])
    try #require(answer.status == 200, "\(answer.text)")
    return (cloud, members, image)
  }

  private func put(_ cloud: Cloud, _ path: String, _ body: JSON, as user: String) async throws -> Answer {
    try await cloud.send(.put, path, as: user, body: Array(body.jsonText.utf8))
  }

  @Test("an offer is pending until the project says what it thinks of it")
  func offer() async throws {
    let (cloud, members, image) = try await shared()
    let member = members + "/" + Cloud.otherProject
    #expect(
      try await cloud.get(member, as: "stranger").json == [
        "member_id": Self.stranger, "image_id": .string(image), "status": "pending",
        "created_at": "2026-11-23T20:26:09Z", "updated_at": "2026-11-23T20:26:09Z", "schema": "/v2/schemas/member",
      ])
    #expect(try await cloud.names(as: "stranger") == [])
    #expect(try await cloud.names("?member_status=pending", as: "stranger") == ["a"])
    #expect(try await cloud.get("/v2/images/" + image, as: "stranger").status == 200)
    cloud.world.clock.advance(by: .seconds(1))
    let accepted = try await put(cloud, member, ["status": "accepted"], as: "stranger")
    #expect(accepted.json["status"] == "accepted")
    #expect(accepted.json["updated_at"] == "2026-11-23T20:26:10Z")
    #expect(try await cloud.names(as: "stranger") == ["a"])
    #expect(try await put(cloud, member, ["status": "rejected"], as: "stranger").status == 200)
    #expect(try await cloud.names(as: "stranger") == [])
    #expect(try await cloud.names("?member_status=all&visibility=shared", as: "stranger") == ["a"])
  }

  @Test("the owner sees all members, a member sees itself, others see no image")
  func lists() async throws {
    let (cloud, members, image) = try await shared()
    try await cloud.post(members, ["member": "third"])
    let ids = { (answer: Answer) in answer.json["members"]?.array?.compactMap { $0["member_id"]?.text } ?? [] }
    #expect(try await ids(cloud.get(members)) == [Cloud.otherProject, "third"])
    #expect(try await ids(cloud.get(members, as: "admin")) == [Cloud.otherProject, "third"])
    #expect(try await ids(cloud.get(members, as: "stranger")) == [Cloud.otherProject])
    #expect(
      try await cloud.get(members + "/third", as: "stranger").message
        == "third not found in the member list of the image \(image).")
    #expect(try await cloud.send(.delete, members + "/" + Cloud.otherProject).status == 204)
    let gone = try await cloud.get(members, as: "stranger")
    #expect(gone.status == 404)
    #expect(gone.message == "Image \(image) not found.")
  }

  @Test("only the member answers an offer, only the owner makes or withdraws one")
  func rights() async throws {
    let (cloud, members, _) = try await shared()
    let member = members + "/" + Cloud.otherProject
    let owners = try await put(cloud, member, ["status": "accepted"], as: "member")
    #expect(owners.status == 403)
    #expect(owners.message == "You are not authorized to complete modify_member action.")
    let strangers = try await cloud.post(members, ["member": "third"], as: "stranger")
    #expect(strangers.status == 403)
    #expect(strangers.message == "You are not authorized to complete add_member action.")
    #expect(try await cloud.send(.delete, member, as: "stranger").status == 403)
    #expect(try await cloud.post(members, ["member": "third"], as: "reader").status == 403)
    #expect(try await put(cloud, member, ["status": "accepted"], as: "admin").status == 200)
  }

  @Test("only shared images have members", arguments: ["public", "private", "community"])
  func visibility(_ visibility: String) async throws {
    let (cloud, members, image) = try await shared()
    let change: JSON = ["op": "replace", "path": "/visibility", "value": .string(visibility)]
    #expect(try await cloud.patch(image, [change], as: "admin").status == 200)
    let list = try await cloud.get(members)
    #expect(list.status == 403)
    #expect(list.message == "Not allowed to list members for image \(image): Only shared images have members.")
    let show = try await cloud.get(members + "/" + Cloud.otherProject)
    #expect(show.status == 404)
    #expect(show.message == "Only shared images have members.")
    let create = try await cloud.post(members, ["member": "third"])
    #expect(create.status == 403)
    #expect(create.message == "Not allowed to create members for image \(image).")
  }

  @Test("bodies that say nothing useful are refused in Glance's words")
  func bodies() async throws {
    let (cloud, members, image) = try await shared()
    for (body, message) in [
      (["member": Self.stranger], "Member \(Cloud.otherProject) is duplicated for image \(image)"),
      (["member": ""], "Member can't be empty"), ([:], "Member to be added not specified"),
      ([], "Expected a member in the form: {\"member\": \"image_id\"}"),
    ] as [(JSON, String)] {
      #expect(try await cloud.post(members, body).message == message)
    }
    for (body, message) in [
      (["status": "maybe"], "Incorrect request: Status must be \"pending\", \"accepted\" or \"rejected\"."),
      ([:], "Status not specified"), ([], "Expected a status in the form: {\"status\": \"status\"}"),
    ] as [(JSON, String)] {
      let answer = try await put(cloud, members + "/" + Cloud.otherProject, body, as: "stranger")
      #expect(answer.status == 400)
      #expect(answer.message == message)
    }
  }

  @Test("an image is shared with no more than 128 projects")
  func quota() async throws {
    let (cloud, members, image) = try await shared()
    for number in 1..<128 { try await cloud.post(members, ["member": .string("p\(number)")]) }
    let answer = try await cloud.post(members, ["member": "one more"])
    #expect(answer.status == 413)
    #expect(
      answer.message
        == "Image member limit exceeded for image \(image): The limit has been exceeded on the number of allowed image "
        + "members for this image. Attempted: 129, Maximum: 128:")
  }
}

import CloudTesting
import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Tokens for Amazon's signatures")
struct EC2TokenTests {
  /// The example of Amazon's documentation, "Signature Version 4 signing process" (IAM, ListUsers).
  @Test("version 4 signs as Amazon's example does")
  func version4() throws {
    let credentials: JSON = [
      "verb": "GET", "host": "iam.amazonaws.com", "path": "/",
      "params": ["Action": "ListUsers", "Version": "2010-05-08"],
      "headers": [
        "Authorization": """
        AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, Signature=x
        """,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Host": "iam.amazonaws.com",
        "X-Amz-Date": "20150830T123600Z",
      ],
      "body_hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]
    let signature = EC2Signature(credentials).signature(secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    #expect(signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
  }

  @Test("every version signs as keystoneclient's signer does, with the host's port and without")
  func originals() throws {
    for row in try OriginalTable.cases("ec2") {
      let signature = EC2Signature(row["credentials"] ?? .null)
      let secret = row["secret"]?.text ?? ""
      #expect(signature.signature(secret: secret) == row["signature"]?.text, "\(row.jsonText)")
      #expect(signature.signatureWithoutPort(secret: secret) == row["without_port"]?.text, "\(row.jsonText)")
    }
  }

  @Test("S3's texts are read and signed as Keystone does")
  func originalsOfS3() throws {
    for row in try OriginalTable.cases("s3") {
      let text = row["token"].flatMap(EC2Signature.s3Text)
      let signature = text.flatMap { EC2Signature.s3($0, row["secret"]?.text ?? "") }
      #expect(signature == row["signature"]?.text, "\(row.jsonText)")
    }
  }

  private func keys(_ cloud: TestCloud, _ token: String) async throws -> (access: String, secret: String) {
    let body: JSON = ["tenant_id": .string(try cloud.id(ofProject: "demo"))]
    let path = "/v3/users/\(try cloud.id(ofUser: "demo"))/credentials/OS-EC2"
    let created = await cloud.send(.post, path, token: token, body: body)
    return (created["credential", "access"] ?? "", created["credential", "secret"] ?? "")
  }

  private func signed(_ keys: (access: String, secret: String), at time: String, with secret: String? = nil) -> JSON {
    var credentials: JSONObject = JSONObject([
      ("access", .string(keys.access)), ("verb", "GET"), ("host", "cloud:8773"), ("path", "/"),
      ("params", ["SignatureVersion": "2", "Action": "Foo", "Timestamp": .string(time)]),
    ])
    let signature = EC2Signature(.object(credentials)).signatureWithoutPort(secret: secret ?? keys.secret)
    credentials["signature"] = signature.map(JSON.string)
    return ["credentials": .object(credentials)]
  }

  @Test("a service gets the signer's token; nobody else does, and not for a bad or an old signature")
  func exchange() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let admin = await cloud.token("admin", project: "admin")
    let keys = try await keys(cloud, demo)
    let now = TestCloud.noon.text(.seconds)
    let answer = await cloud.send(.post, "/v3/ec2tokens", token: admin, body: signed(keys, at: now))
    #expect(answer.status == 200)
    #expect(answer["token", "project", "name"] == "demo" && answer["token", "methods", "0"] == "ec2credential")
    let check = await cloud.send(.get, "/v3/auth/tokens", token: admin, subject: answer.token)
    #expect(check["token", "user", "name"] == "demo")
    #expect(await cloud.send(.get, "/v3/auth/projects", token: answer.token).status == 403)
    #expect(await cloud.send(.post, "/v3/ec2tokens", token: demo, body: signed(keys, at: now)).status == 403)
    #expect(await cloud.send(.post, "/v3/ec2tokens", body: signed(keys, at: now)).status == 401)
    let forged = signed(keys, at: now, with: "guess")
    let refused = await cloud.send(.post, "/v3/ec2tokens", token: admin, body: forged)
    #expect(refused.status == 401, "\(refused.text)")
    let old = signed(keys, at: "2020-01-01T00:00:00Z")
    #expect(await cloud.send(.post, "/v3/ec2tokens", token: admin, body: old).status == 401)
    let unknown = signed(("nope", "x"), at: now)
    #expect(
      await cloud.send(.post, "/v3/ec2tokens", token: admin, body: unknown).message == "EC2 access key not found.")
    #expect(
      await cloud.send(.post, "/v3/ec2tokens", token: admin, body: [:]).message == "request must include a request body"
    )
  }

  @Test("S3's signatures work in both versions, and such a token comes without its id")
  func s3() async throws {
    let cloud = try await TestCloud()
    let demo = await cloud.token("demo", project: "demo")
    let admin = await cloud.token("admin", project: "admin")
    let keys = try await keys(cloud, demo)
    for text in ["GET\n\n\n\n/bucket", "AWS4-HMAC-SHA256\n20261123T120000Z\n20261123/r/s3/aws4_request\nabc"] {
      let body: JSON = [
        "credentials": [
          "access": .string(keys.access), "token": .string(Base64.encoded(Array(text.utf8))),
          "signature": .string(EC2Signature.s3(Array(text.utf8), keys.secret) ?? ""),
        ]
      ]
      let answer = await cloud.send(.post, "/v3/s3tokens", token: admin, body: body)
      #expect(answer.status == 200 && answer["token", "user", "name"] == "demo")
      #expect(answer.token.isEmpty)
    }
    #expect(EC2Signature.s3(Array("AWS4-HMAC-SHA256\nx\n20261123/r/ec2/aws4_request\nabc".utf8), "s") == nil)
  }
}

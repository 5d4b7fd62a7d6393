import HTTPServer
import OpenStackAPI
import Testing

@testable import OpenStackAPI

@Suite("Secrets")
struct SecretTests {
  private func secrets(_ texts: String...) -> SecretValues {
    var secrets = SecretValues()
    for text in texts { secrets.add(text) }
    return secrets
  }

  @Test("are hidden wherever they stand, in every way in which texts write them")
  func written() {
    let secrets = secrets("it's \"so\"\n", "p/w", "x")
    #expect(secrets.hidden("Value: ['p/w']. p%2Fw") == "Value: ['***']. ***")
    #expect(secrets.hidden(JSON.quoted("it's \"so\"\n")) == "'***'")
    #expect(secrets.hidden(JSON.string("it's \"so\"\n").jsonText) == "\"***\"")
    #expect(secrets.hidden("x is no part of max, x1 or x_") == "*** is no part of max, x1 or x_")
  }

  @Test("that are long are hidden within words too, the longer before its part")
  func long() {
    let secrets = secrets("abcdefgh", "abcdefghij")
    #expect(secrets.hidden("1abcdefgh2 abcdefghij") == "1***2 ***")
  }

  @Test("are found in addresses and tokens in the midst of a text")
  func embedded() {
    let text = "no http://u:pw@h/p?path=%3Ftoken%3Dt0k&a=b here, nor gAAAAAB-x_y."
    #expect(SecretValues().hidden(text) == "no http://u:***@h/p?path=%3Ftoken%3D***&a=b here, nor ***.")
  }

  @Test(
    "are known by their place, whatever their type",
    arguments: [
      (["adminPass": ["a", 1, ["b": "c"]]], ["adminPass": ["***", "***", ["b": "***"]]]),
      (
        ["password": ["user": ["name": "n", "password": "p"]]],
        ["password": ["user": ["name": "n", "password": "***"]]]
      ),
      (["password": ["name": "n"]], ["password": ["name": "***"]]),
      (["token": ["id": ["t"], "methods": ["m"]]], ["token": ["id": ["***"], "methods": ["m"]]]),
      (["access": ["token": ["id": "t"]], "note": "t"], ["access": ["token": ["id": "***"]], "note": "***"]),
      (["secret": nil, "password_expires_at": "soon"], ["secret": nil, "password_expires_at": "soon"]),
    ] as [(JSON, JSON)])
  func places(_ body: JSON, _ shown: JSON) {
    #expect(Secrets.hidden(body) == shown)
  }

  @Test("of a credential are hidden with the text that keeps them, and by themselves")
  func blobs() {
    var secrets = SecretValues()
    secrets.add(in: ["credential": ["blob": #"{"access": "ACCESS", "secret": "SECRET"}"#]])
    #expect(secrets.hidden("SECRET of ACCESS") == "*** of ***")
  }

  @Test("leave addresses alone that hold none", arguments: ["/v2.1/servers?name=a%20b", "/v3/users/x/tokens"])
  func plain(_ target: String) {
    #expect(HTTPRequest(method: .get, target: target).targetWithoutSecrets == target)
  }

  @Test(
    "are cut out of addresses",
    arguments: [
      ("/v2.0/tokens/abc/endpoints", "/v2.0/tokens/..."), ("/v2.0/%74okens/abc", "/..."), ("/x/gAAAAabc", "/x/..."),
      ("/servers?adminPass=x", "/servers?..."), ("/servers?n=gAAAAabc", "/servers?..."),
      ("/servers?n=%67AAAAabc", "/servers?..."),
    ])
  func addresses(_ target: String, _ shown: String) {
    #expect(HTTPRequest(method: .get, target: target).targetWithoutSecrets == shown)
  }

  @Test("that are too many take the texts with them")
  func many() {
    var secrets = SecretValues()
    secrets.add(in: ["password": .array((0..<1000).map { .string("secret number \($0)") })])
    #expect(secrets.hidden("secret number 999") == "***")
  }
}

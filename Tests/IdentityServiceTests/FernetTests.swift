import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Fernet")
struct FernetTests {
  private static let key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
  private static let hello =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="

  private func fernet() throws -> Fernet {
    try #require(Base64.urlSafe.decode(Self.key).flatMap(Fernet.init(key:)))
  }

  @Test("makes the message of the specification's generate.json")
  func generates() throws {
    let message = try fernet().seal(Array("hello".utf8), at: 499_162_800, vector: Array(0...15))
    #expect(message + "==" == Self.hello)
  }

  @Test("reads the message of the specification's verify.json, padded or not")
  func verifies() throws {
    for text in [Self.hello, String(Self.hello.dropLast(2))] {
      let opened = try #require(try fernet().open(text))
      #expect(opened.plaintext == Array("hello".utf8))
      #expect(opened.seconds == 499_162_800)
    }
  }

  @Test(
    "refuses the messages of the specification's invalid.json",
    arguments: [
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
      "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
      "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
      "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
      "", "g", "gAAAAA",
    ])
  func refuses(_ text: String) throws {
    #expect(try fernet().open(text) == nil)
  }

  @Test("refuses a message that was changed anywhere")
  func changed() throws {
    let fernet = try fernet()
    let message = Array(try fernet.seal(Array("hello".utf8), at: 499_162_800, vector: Array(0...15)).utf8)
    for index in message.indices {
      var other = message
      other[index] = other[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
      #expect(fernet.open(String(decoding: other, as: UTF8.self)) == nil, "at \(index)")
    }
  }

  @Test("wants a key of 32 bytes", arguments: [0, 16, 31, 33])
  func keyLength(_ count: Int) {
    #expect(Fernet(key: [UInt8](repeating: 1, count: count)) == nil)
  }
}

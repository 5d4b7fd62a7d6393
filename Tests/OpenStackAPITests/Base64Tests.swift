import OpenStackAPI
import Testing

@Suite("Base64")
struct Base64Tests {
  @Test("encodes and decodes the test vectors of RFC 4648, with padding and without")
  func vectors() {
    let vectors = [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ]
    for (plain, padded) in vectors {
      let bytes = Array(plain.utf8)
      let bare = padded.filter { $0 != "=" }
      #expect(Base64.standard.encode(bytes) == bare)
      #expect(Base64.encoded(bytes) == padded)
      #expect(Base64.standard.decode(bare) == bytes)
      #expect(Base64.standard.decode(padded) == bytes)
      #expect(Base64.decoded(padded) == bytes)
      #expect(bare == padded || Base64.decoded(bare) == nil)
    }
  }

  @Test("knows both alphabets")
  func alphabets() {
    #expect(Base64.urlSafe.encode([0xFB, 0xFF]) == "-_8")
    #expect(Base64.standard.encode([0xFB, 0xFF]) == "+/8")
    #expect(Base64.urlSafe.decode("+/8") == nil)
    #expect(Base64.standard.decode("-_8") == nil)
  }

  @Test(
    "refuses what it would not have written",
    arguments: ["Zh", "Z", "Zg=", "Zm9=v", "Zm9v=", "Zm 9v", "Zm9v\n", "===", "====", "Zm9v===="])
  func refuses(_ text: String) {
    #expect(Base64.standard.decode(text) == nil)
  }

  @Test("comes back as it was, at every length")
  func roundTrip() {
    for length in 0..<200 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ length) }
      #expect(Base64.urlSafe.decode(Base64.urlSafe.encode(bytes)) == bytes)
      #expect(Base64.decoded(Base64.encoded(bytes)) == bytes)
    }
  }

  @Test(
    "reads leniently what Python's decoder reads",
    arguments: [
      ("Zm9v", "foo"), ("Zm 9v\n", "foo"), ("Zm8=", "fo"), ("Zg==", "f"), ("Zg==Zm9v", "f"), ("Z-m9v", "foo"), ("", ""),
      ("====", ""),
    ])
  func lenient(_ text: String, _ expected: String) {
    #expect(Base64.leniently(decoded: text) == Array(expected.utf8))
  }

  @Test("refuses leniently what Python's decoder refuses", arguments: ["Zg=", "Zm9", "Z", "Z===", "Zm9vé"])
  func lenientRefusal(_ text: String) {
    #expect(Base64.leniently(decoded: text) == nil)
  }
}

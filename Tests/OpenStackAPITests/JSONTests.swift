import OpenStackAPI
import Testing

@Suite("JSON")
struct JSONTests {
  @Test(
    "what RFC 8259 allows is read",
    arguments: [
      (#"{"a": [1, -2.5, true, null, "x"]}"#, ["a": [1, .number(-2.5), true, nil, "x"]]),
      (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), ("18446744073709551616", .bigInteger("18446744073709551616")),
      ("  [ ]  ", []), ("1e3", .number(1000)), (#""\ud800x""#, "\u{FFFD}x"), (#"{"a":1,"a":2}"#, ["a": 2]),
    ] as [(String, JSON)])
  func read(text: String, value: JSON) throws {
    #expect(try JSON(parsing: Array(text.utf8)) == value)
  }

  @Test(
    "what RFC 8259 forbids is refused",
    arguments: [
      "", "{", "[1,]", "{\"a\":1,}", "01", "+1", ".5", "1.", "nul", "'a'", "\"\t\"", "\"\\x\"", "\"\\u12g4\"", "1 2",
      "{a:1}", "NaN", "-", "\"", "[1 2]", "{\"a\" 1}", "1e400", "\u{FEFF}1",
    ])
  func refused(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(text.utf8)) }
  }

  @Test("bytes that are no UTF-8 are refused")
  func notUTF8() {
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: [0x22, 0xC0, 0x80, 0x22]) }
  }

  @Test("depth and number of values are bounded")
  func bounded() {
    let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(deep.utf8)) }
    let long = "[" + String(repeating: "1,", count: 300) + "1]"
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Array(long.utf8), limits: JSONLimits(values: 300)) }
  }

  @Test("what is written is read back")
  func roundTrip() throws {
    let value: JSON = [
      "text": "quotes \" backslash \\ newline \n bell \u{07} accent é smile 😀", "numbers": [0, -1, .number(1.5)],
      "min": .integer(Int.min), "max": .integer(Int.max), "nothing": nil, "flags": [true, false], "empty": [:],
      "nested": [[[], [[]]]],
    ]
    #expect(try JSON(parsing: Array(value.jsonText.utf8)) == value)
  }

  @Test("commas stand between values and nowhere else")
  func commas() {
    var json = JSONWriter(capacity: 1)
    json.object { json in
      json.member("a", 1)
      json.array("b") { json in
        json.string("x")
        json.object { _ in }
        json.array { _ in }
        json.string("{")
        json.string(":")
        json.string("y")
      }
      json.member("c", String?.none)
    }
    let text = json.finish().withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    #expect(text == #"{"a":1,"b":["x",{},[],"{",":","y"],"c":null}"#)
  }

  @Test(
    "values are quoted as Python prints them",
    arguments: [
      (nil, "None"), (true, "True"), ("it's", "\"it's\""), ("a\nb", "'a\\nb'"), ("\u{01}", "'\\x01'"),
      (["k": ["v", 1, .number(2.0)]], "{'k': ['v', 1, 2.0]}"), ("\\", "'\\\\'"),
    ] as [(JSON, String)])
  func python(value: JSON, text: String) {
    #expect(value.pythonRepresentation == text)
  }
}

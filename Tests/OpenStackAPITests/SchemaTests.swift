import OpenStackAPI
import Testing

@Suite("Schemas")
struct SchemaTests {
  private let schema = Schema.object([
    .string("name", 1...5, .required), .integer("count", 1...9), .truth("flag", since: "2.5"),
    Property("list", .array(.string(1...3), count: 1...2, unique: true)), Property("note", Schema.string().orNull),
    .string("kind", in: ["a", "b"]), Property("key", .string(), .requiredSince("2.92")),
  ])

  @Test(
    "a violation names the place and the rule in the validator's words",
    arguments: [
      (["name": ""], ["name"], "'' should be non-empty"), (["name": "abcdef"], ["name"], "'abcdef' is too long"),
      (["name": 3], ["name"], "3 is not of type 'string'"), (["name": nil], ["name"], "None is not of type 'string'"),
      ([:], [], "'name' is a required property"), ([], [], "[] is not of type 'object'"),
      (["name": "a", "count": 0], ["count"], "0 is less than the minimum of 1"),
      (["name": "a", "count": "10"], ["count"], "10 is greater than the maximum of 9"),
      (["name": "a", "count": "x"], ["count"], "'x' does not match '^[0-9]+$'"),
      (
        ["name": "a", "count": "99999999999999999999"], ["count"],
        "99999999999999999999 is greater than the maximum of 9"
      ),
      (["name": "a", "count": true], ["count"], "True is not of type 'integer', 'string'"),
      (["name": "a", "list": ["a", "abcd"]], ["list", "1"], "'abcd' is too long"),
      (["name": "a", "list": []], ["list"], "[] should be non-empty"),
      (["name": "a", "list": ["a", "a"]], ["list"], "['a', 'a'] has non-unique elements"),
      (["name": "a", "note": 1], ["note"], "1 is not of type 'string', 'null'"),
      (["name": "a", "kind": "c"], ["kind"], "'c' is not one of ['a', 'b']"),
      (["name": "a", "x": 1], [], "Additional properties are not allowed ('x' was unexpected)"),
      (["name": "a", "x": 1, "y": 2], [], "Additional properties are not allowed ('x', 'y' were unexpected)"),
      (["name": "a", "flag": true], [], "Additional properties are not allowed ('flag' was unexpected)"),
      (
        ["name": "a", "count": .bigInteger("99999999999999999999")], ["count"],
        "99999999999999999999 is greater than the maximum of 9"
      ),
    ] as [(JSON, [String], String)])
  func violations(value: JSON, path: [String], detail: String) {
    let violation = schema.check(value, "2.1")
    #expect(violation?.path == path)
    #expect(violation?.detail == detail)
  }

  @Test("what fits is accepted, from the version that knows it")
  func accepted() {
    #expect(schema.check(["name": "a", "count": "3", "note": nil, "list": ["x", "y"]], "2.1") == nil)
    #expect(schema.check(["name": "a", "flag": "yes"], "2.5") == nil)
    #expect(schema.check(["name": "a"], "2.92")?.detail == "'key' is a required property")
  }

  @Test("a rule beside a schema is asked about what satisfies it, and blanks and foreign members still go")
  func ruled() {
    let blank = StringFormat {
      !$0.isEmpty
    } message: {
      "\($0) is empty"
    }.trimmedIfLenient()
    let members = Schema.object([.string("name", format: blank), .integer("count")])
    let schema = members.and { value, _ in value["name"] == nil ? Violation(value, "a name is needed") : nil }
    #expect(schema.check(["name": "a"], "2.1") == nil)
    #expect(schema.check(["count": 1], "2.1")?.detail == "a name is needed")
    #expect(schema.check(["count": "x"], "2.1")?.detail == members.check(["count": "x"], "2.1")?.detail)
    #expect(schema.strip(["name": " a ", "other": 1], "2.1") == ["name": "a"])
  }

  @Test("a schema that moved is that of the version, for checking and for leaving out")
  func moved() {
    let schema = Schema.byVersion { $0 < "2.5" ? .any : .object([.integer("count")]) }
    #expect(schema.check("x", "2.4") == nil)
    #expect(schema.check("x", "2.5")?.detail == "'x' is not of type 'object'")
    #expect(schema.strip(["other": 1], "2.4") == ["other": 1])
    #expect(schema.strip(["other": 1], "2.5") == [:])
  }

  @Test("a value of several types has the rule of its own, and another names them all")
  func typed() {
    let schema = Schema.typed([("string", .string(1...3)), ("array", .array(.string()))])
    #expect(schema.check("abc", "2.1") == nil)
    #expect(schema.check(["a"], "2.1") == nil)
    #expect(schema.check("abcd", "2.1")?.detail == "'abcd' is too long")
    #expect(schema.check(nil, "2.1")?.detail == "None is not of type 'string', 'array'")
  }

  @Test("numbers beyond 64 bits are in a range that has no end on their side, and count as the nearest that fits")
  func bigNumbers() {
    let huge = JSON.bigInteger("99999999999999999999")
    #expect(Schema.integer(0...Int.max).check(huge, "2.1") == nil)
    #expect(Schema.integer(0...9).check(huge, "2.1") != nil)
    #expect(Schema.integer(0...Int.max).check(.bigInteger("-99999999999999999999"), "2.1") != nil)
    #expect(huge.wholeNumber == Int.max)
    #expect(JSON.string("99999999999999999999").wholeNumber == Int.max)
    #expect(JSON.string("9x").wholeNumber == nil)
  }
}

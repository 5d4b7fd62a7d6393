import OpenStackAPI
import Testing

@testable import IdentityService

@Suite("Comparing secrets")
struct ConstantTimeTests {
  @Test("any difference counts, wherever it is")
  func differences() {
    #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(!ConstantTime.areEqual([1, 2], [1, 2, 3]))
    for place in 0..<3 {
      for value in UInt8.min...UInt8.max {
        var other: [UInt8] = [7, 77, 177]
        let isSame = other[place] == value
        other[place] = value
        #expect(ConstantTime.areEqual([7, 77, 177], other) == isSame)
      }
    }
    #expect(!ConstantTime.areEqual("ab", "bb") && !ConstantTime.areEqual("aa", "ba"))
  }

  @Test("of many wrong passwords none is right")
  func passwords() throws {
    let stored = try Password(hashing: "secret", salt: [1, 2, 3], logarithm: 1)
    #expect(stored.matches("secret"))
    for number in 0..<3000 { #expect(!stored.matches("guess \(number)")) }
  }
}

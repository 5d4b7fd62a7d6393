import OpenStackAPI

/// Finds what somebody meant who mistyped a name.
enum NearestName {
  /// The refusal of a name that nothing has: `There is no mark bse; did you mean base?`
  static func missing(_ what: String, _ name: String, among known: [String]) -> Fault {
    .notFound("There is no \(what) \(name)\(of(name, among: known).map { "; did you mean \($0)?" } ?? ".")")
  }

  /// The longest that may be a mistyped name, in bytes.
  private static let longest = 255

  /// The name that takes the fewest changes of single characters to get to (Levenshtein).
  static func of(_ name: String, among known: [String]) -> String? {
    let wanted = Array(name.utf8)
    guard wanted.count <= longest else { return nil }
    return known.map { (name: $0, distance: distance(wanted, Array($0.utf8))) }.min { $0.distance < $1.distance }?.name
  }

  static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var row = Array(0...b.count)
    for (i, byte) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let cost = min(row[j + 1] + 1, row[j] + 1, diagonal + (byte == other ? 0 : 1))
        (diagonal, row[j + 1]) = (row[j + 1], cost)
      }
    }
    return row[b.count]
  }
}

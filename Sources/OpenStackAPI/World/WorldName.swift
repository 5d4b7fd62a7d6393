/// What a world or a snapshot may be called: its name becomes a part of addresses and a directory's name.
public enum WorldName {
  /// The name of the world that answers the plain paths.
  public static let main = "default"

  /// The rule in words, for messages.
  public static let rule = "letters, digits, '-', '_' and '.'"

  /// 1 to 64 letters, digits, `-`, `_` and `.`, beginning with no dot.
  public static func isValid(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= 64, first != UInt8(ascii: ".") else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
      default: false
      }
    }
  }
}

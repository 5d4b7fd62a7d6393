/// Base64 (RFC 4648) without Foundation, which takes five times as long for a token.
struct Base64: Sendable {
  private let symbols: [UInt8]
  /// The value of each byte; 255 for one that is no symbol.
  private let values: [UInt8]

  private init(_ lastTwo: String) {
    let symbols = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + Array(lastTwo.utf8)
    var values = [UInt8](repeating: 255, count: 256)
    for (value, symbol) in symbols.enumerated() { values[Int(symbol)] = UInt8(value) }
    (self.symbols, self.values) = (symbols, values)
  }

  /// RFC 4648 section 5: `-` and `_`.
  static let urlSafe = Base64("-_")
  /// RFC 4648 section 4: `+` and `/`.
  static let standard = Base64("+/")

  /// The text of some bytes, without padding.
  func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: (bytes.count * 4 + 2) / 3) { out in
      var (bits, width, count) = (0, 0, 0)
      for byte in bytes {
        bits = bits << 8 | Int(byte)
        width += 8
        while width >= 6 {
          width -= 6
          out[count] = symbols[bits >> width & 63]
          count += 1
        }
        bits &= 63
      }
      if width > 0 {
        out[count] = symbols[bits << (6 - width) & 63]
        count += 1
      }
      return count
    }
  }

  /// The bytes of a text with or without its padding; `nil` for anything that `encode` would not have made.
  func decode(_ text: some StringProtocol) -> [UInt8]? {
    let utf8 = text.utf8
    let padding = utf8.count % 4 == 0 ? utf8.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
    var bytes: [UInt8] = []
    bytes.reserveCapacity(utf8.count * 3 / 4)
    var (bits, width) = (0, 0)
    for symbol in utf8.dropLast(padding) {
      let value = values[Int(symbol)]
      guard value < 64 else { return nil }
      bits = (bits << 6 | Int(value)) & 0x3FFF
      width += 6
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> width))
      }
    }
    return width < 6 && bits & (1 << width - 1) == 0 ? bytes : nil
  }
}

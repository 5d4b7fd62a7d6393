/// Base64 (RFC 4648) without Foundation, which takes five times as long for a token.
public struct Base64: Sendable {
  private let symbols: [UInt8]
  /// The value of each byte; 255 for one that is no symbol.
  private let values: [UInt8]

  private init(_ lastTwo: String) {
    let symbols = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8) + Array(lastTwo.utf8)
    var values = [UInt8](repeating: 255, count: 256)
    for (value, symbol) in symbols.enumerated() { values[Int(symbol)] = UInt8(value) }
    (self.symbols, self.values) = (symbols, values)
  }

  /// RFC 4648 section 4: `+` and `/`.
  public static let standard = Base64("+/")
  /// RFC 4648 section 5: `-` and `_`.
  public static let urlSafe = Base64("-_")

  /// The text of some bytes, without padding.
  public func encode(_ bytes: [UInt8]) -> String {
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
  public func decode(_ text: String) -> [UInt8]? {
    var text = text
    return text.withUTF8 { utf8 in
      guard let (bytes, rest) = bytes(of: utf8.dropLast(Self.padding(of: utf8))), rest == 0 else { return nil }
      return bytes
    }
  }

  /// The bytes of some symbols, and the bits that are left over; `nil` where there is another symbol or one too many.
  private func bytes(of symbols: some Collection<UInt8>) -> (bytes: [UInt8], rest: Int)? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(symbols.count * 3 / 4)
    var (bits, width) = (0, 0)
    for symbol in symbols {
      let value = values[Int(symbol)]
      guard value < 64 else { return nil }
      bits = (bits << 6 | Int(value)) & 0x3FFF
      width += 6
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> width))
      }
    }
    return width < 6 ? (bytes, bits & (1 << width - 1)) : nil
  }

  /// How many `=` end a text; none where they do not fill it up.
  private static func padding(of utf8: UnsafeBufferPointer<UInt8>) -> Int {
    utf8.count % 4 == 0 ? utf8.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
  }
}

extension Base64 {
  /// The bytes of a text of the standard alphabet with correct padding; `nil` for anything else. As Python's decoder it
  /// does not mind bits that are left over.
  public static func decoded(_ text: some StringProtocol) -> [UInt8]? {
    var text = String(text)
    return text.withUTF8 { utf8 in
      utf8.count % 4 == 0 ? standard.bytes(of: utf8.dropLast(padding(of: utf8)))?.bytes : nil
    }
  }

  /// The bytes of a text of the standard alphabet as Python's `b64decode` reads it by default: what is no symbol is
  /// passed over, and nothing counts after the padding; `nil` where the padding is wrong, and for what is not ASCII.
  public static func leniently(decoded text: String) -> [UInt8]? {
    var symbols: [UInt8] = []
    var padding = 0
    guard text.utf8.allSatisfy({ $0 < 128 }) else { return nil }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "=") {
        let place = symbols.count % 4
        padding += 1
        if place >= 2, place + padding >= 4 { return standard.bytes(of: symbols)?.bytes }
      } else if standard.values[Int(byte)] < 64 {
        symbols.append(byte)
        padding = 0
      }
    }
    return symbols.count % 4 == 0 ? standard.bytes(of: symbols)?.bytes : nil
  }

  /// The text of some bytes in the standard alphabet, padded.
  public static func encoded(_ bytes: [UInt8]) -> String {
    let text = standard.encode(bytes)
    return text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
  }
}

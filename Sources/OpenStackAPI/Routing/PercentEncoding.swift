extension StringProtocol {
  /// The text without percent escapes (RFC 3986 section 2.1). A broken escape stands for itself; bytes that are not
  /// UTF-8 become U+FFFD.
  public func percentDecoded(plusIsSpace: Bool = false) -> String {
    var text = Substring(self)
    return text.withUTF8 { bytes in
      let needsWork = bytes.contains { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }
      return needsWork
        ? String(decoding: decoded(bytes, plusIsSpace), as: UTF8.self) : String(decoding: bytes, as: UTF8.self)
    }
  }

  /// Whether what its percent escapes stand for is UTF-8.
  public var isPercentDecodable: Bool {
    var text = Substring(self)
    return text.withUTF8 { bytes in
      !bytes.contains(UInt8(ascii: "%")) || String(validating: decoded(bytes, false), as: UTF8.self) != nil
    }
  }

  /// The text with everything but RFC 3986's unreserved characters escaped.
  public var percentEncoded: String {
    var encoded = ""
    for byte in utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
        encoded.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return encoded
  }

}

private func decoded(_ source: UnsafeBufferPointer<UInt8>, _ plusIsSpace: Bool) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(source.count)
  var index = 0
  while index < source.count {
    if source[index] == UInt8(ascii: "%"), index + 2 < source.count, let high = hex(source[index + 1]),
      let low = hex(source[index + 2])
    {
      bytes.append(high << 4 | low)
      index += 3
    } else {
      bytes.append(plusIsSpace && source[index] == UInt8(ascii: "+") ? UInt8(ascii: " ") : source[index])
      index += 1
    }
  }
  return bytes
}

private func hex(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 48...57: byte - 48
  case 65...70: byte - 55
  case 97...102: byte - 87
  default: nil
  }
}

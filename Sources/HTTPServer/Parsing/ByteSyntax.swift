import Glibc

/// The character classes of RFC 9110 section 5.6 and case-insensitive comparison, over bytes.
enum ByteSyntax {
  static let tab = UInt8(ascii: "\t")
  static let space = UInt8(ascii: " ")
  static let carriageReturn = UInt8(ascii: "\r")
  static let lineFeed = UInt8(ascii: "\n")

  /// `tchar`: letters, digits and !#$%&'*+-.^_`|~, a bit for each.
  @inline(__always)
  static func isToken(_ byte: UInt8) -> Bool {
    if byte < 64 { return (0x03FF_6CFA_0000_0000 as UInt64) >> UInt64(byte) & 1 == 1 }
    if byte < 128 { return (0x57FF_FFFF_C7FF_FFFE as UInt64) >> UInt64(byte & 63) & 1 == 1 }
    return false
  }

  @inline(__always)
  static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  /// Field content: anything but control characters; tab is allowed (RFC 9110 section 5.5).
  @inline(__always)
  static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == tab }

  @inline(__always)
  static func lowered(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 0x20 : byte }

  static func hexValue(_ byte: UInt8) -> Int? {
    if isDigit(byte) { return Int(byte) - 48 }
    let letter = lowered(byte)
    return letter &- 97 < 6 ? Int(letter) - 87 : nil
  }

  static func isAllToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
    for byte in bytes where !isToken(byte) { return false }
    return !bytes.isEmpty
  }

  /// Whether every byte is field content; eight bytes a step, since most of a head is values.
  static func isAllFieldContent(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      if hasControl(word) {
        for index in position..<(position + 8) where !isFieldContent(bytes[index]) { return false }
      }
      position += 8
    }
    while position < bytes.count {
      if !isFieldContent(bytes[position]) { return false }
      position += 1
    }
    return true
  }

  /// Whether every byte is field content and ASCII.
  static func isAllASCIIFieldContent(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var position = 0
    while position + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
      guard word & 0x8080_8080_8080_8080 == 0 else { return false }
      position += 8
    }
    while position < bytes.count {
      if bytes[position] >= 0x80 { return false }
      position += 1
    }
    return isAllFieldContent(bytes)
  }

  /// unreserved, reserved and the percent sign (RFC 3986 section 2).
  static func isURIByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "?")...UInt8(ascii: "Z"),
      UInt8(ascii: "#")...UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "["),
      UInt8(ascii: "]"), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  /// Whether any of eight bytes is below 0x20 or is 0x7F.
  @inline(__always)
  private static func hasControl(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let deletes = word ^ (ones &* 0x7F)
    let low = (word &- ones &* 0x20) & ~word
    let delete = (deletes &- ones) & ~deletes
    return (low | delete) & tops != 0
  }

  static func equalIgnoringCase(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where lowered(left[index]) != lowered(right[index]) { return false }
    return true
  }

  static func equalIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ literal: StaticString) -> Bool {
    equalIgnoringCase(bytes, UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  /// Without spaces and tabs at both ends.
  static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    var start = 0
    var end = bytes.count
    while start < end, isBlank(bytes[start]) { start += 1 }
    while end > start, isBlank(bytes[end - 1]) { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
  }

  /// The elements of a comma-separated list, trimmed; empty ones too.
  static func listElements(_ bytes: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      .map { trimmed(UnsafeRawBufferPointer(rebasing: $0)) }
  }

  /// The first place of `byte` at or after `start`.
  @inline(__always)
  static func index(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress else { return nil }
    guard let hit = memchr(base + start, Int32(byte), bytes.count - start) else { return nil }
    return UnsafeRawPointer(hit) - base
  }
}

/// Whether two texts are equal but for the case of ASCII letters.
func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
  guard left.utf8.count == right.utf8.count else { return false }
  return zip(left.utf8, right.utf8).allSatisfy { ByteSyntax.lowered($0) == ByteSyntax.lowered($1) }
}

extension String {
  /// Lends the UTF-8 bytes; a native string is not copied.
  func withUTF8Bytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    if let result = utf8.withContiguousStorageIfAvailable({ body(UnsafeRawBufferPointer($0)) }) { return result }
    return Array(utf8).withUnsafeBytes(body)
  }
}

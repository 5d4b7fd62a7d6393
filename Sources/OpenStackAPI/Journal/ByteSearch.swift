import Glibc

extension String {
  /// Where the bytes of a text stand in this one for the first time, from an offset on; `nil` where they do not. Case
  /// and spelling count, as they do for whoever sends them.
  func offset(of pattern: [UInt8], from start: Int = 0) -> Int? {
    var text = self
    return text.withUTF8 { bytes in
      pattern.withUnsafeBufferPointer { pattern in Self.offset(of: pattern, in: bytes, from: start) }
    }
  }

  /// Whether the bytes of a text stand somewhere in this one.
  func holds(_ pattern: [UInt8]) -> Bool { offset(of: pattern) != nil }

  private static func offset(
    of pattern: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int? {
    guard let base = text.baseAddress, let wanted = pattern.baseAddress, let first = pattern.first else { return nil }
    var place = start
    while place >= 0, text.count - place >= pattern.count {
      guard let hit = memchr(base + place, Int32(first), text.count - place - pattern.count + 1) else { return nil }
      place = UnsafeRawPointer(hit) - UnsafeRawPointer(base)
      if memcmp(base + place, wanted, pattern.count) == 0 { return place }
      place += 1
    }
    return nil
  }
}

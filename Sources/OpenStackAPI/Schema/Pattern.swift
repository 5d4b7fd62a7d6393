extension String {
  /// Whether this has the form of a pattern in which `*` stands for any text. The work grows with the lengths alone.
  public func fits(pattern: String) -> Bool {
    var (text, pattern) = (self, pattern)
    return text.withUTF8 { text in pattern.withUTF8 { pattern in Self.fits(.init(text), .init(pattern)) } }
  }

  private static func fits(_ text: UnsafeRawBufferPointer, _ pattern: UnsafeRawBufferPointer) -> Bool {
    let parts = pattern.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return text.elementsEqual(pattern) }
    guard text.starts(with: first) else { return false }
    var place = first.count
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = Self.place(of: part, in: text, from: place) else { return false }
      place = found + part.count
    }
    return text.count - place >= last.count && text.suffix(last.count).elementsEqual(last)
  }

  /// Where a part comes next (Knuth, Morris and Pratt).
  private static func place(
    of part: Slice<UnsafeRawBufferPointer>, in text: UnsafeRawBufferPointer, from start: Int
  ) -> Int? {
    let wanted = Array(part)
    let overlaps = overlaps(of: wanted)
    var length = 0
    for place in start..<text.count {
      while length > 0, text[place] != wanted[length] { length = overlaps[length - 1] }
      if text[place] == wanted[length] { length += 1 }
      if length == wanted.count { return place - length + 1 }
    }
    return nil
  }

  /// How much of the beginning of a text ends at each of its places.
  private static func overlaps(of text: [UInt8]) -> [Int] {
    var overlaps = Array(repeating: 0, count: text.count)
    var length = 0
    for place in text.indices.dropFirst() {
      while length > 0, text[place] != text[length] { length = overlaps[length - 1] }
      if text[place] == text[length] { length += 1 }
      overlaps[place] = length
    }
    return overlaps
  }
}

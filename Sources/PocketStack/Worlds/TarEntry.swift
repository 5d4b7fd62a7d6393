/// One file of a tar archive: its head of 512 bytes (POSIX.1-2001 ustar; sizes beyond 8 GiB as GNU tar writes them).
struct TarEntry: Equatable {
  static let blockSize = 512

  let name: String
  let size: Int

  /// How many zero bytes follow the content, which fills whole blocks.
  var padding: Int { (Self.blockSize - size % Self.blockSize) % Self.blockSize }

  /// What ends an archive.
  static let end = [UInt8](repeating: 0, count: 2 * blockSize)

  init(name: String, size: Int) { (self.name, self.size) = (name, size) }

  /// The head. A name must have at most 100 bytes.
  var head: [UInt8] {
    var head = [UInt8](repeating: 0, count: Self.blockSize)
    Self.put(Array(name.utf8.prefix(100)), at: 0, in: &head)
    Self.put(Array("0000600\0".utf8), at: 100, in: &head)
    Self.put(Array("0000000\0".utf8), at: 108, in: &head)
    Self.put(Array("0000000\0".utf8), at: 116, in: &head)
    Self.put(sizeField, at: 124, in: &head)
    Self.put(Array("00000000000\0".utf8), at: 136, in: &head)
    head[156] = UInt8(ascii: "0")
    Self.put(Array("ustar\u{0}00".utf8), at: 257, in: &head)
    Self.put(Array((Self.octal(Self.checksum(of: head), digits: 6) + "\0 ").utf8), at: 148, in: &head)
    return head
  }

  private var sizeField: [UInt8] {
    if size < 1 << 33 { return Array((Self.octal(size, digits: 11) + "\0").utf8) }
    return [0x80] + (0..<11).map { UInt8(truncatingIfNeeded: $0 < 3 ? 0 : size >> (8 * (10 - $0))) }
  }

  private static func put(_ bytes: [UInt8], at place: Int, in head: inout [UInt8]) {
    head.replaceSubrange(place..<place + bytes.count, with: bytes)
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
  }

  /// The sum of all bytes, those of the sum itself taken for blanks.
  private static func checksum(of head: [UInt8]) -> Int {
    head.indices.reduce(0) { $0 + (148..<156 ~= $1 ? 32 : Int(head[$1])) }
  }

  /// Reads a head; `nil` unless it is that of a plain file, whole and undamaged.
  init?(head: [UInt8]) {
    guard head.count == Self.blockSize, head[156] == UInt8(ascii: "0") || head[156] == 0,
      Self.number(head[148..<156]) == Self.checksum(of: head), let size = Self.size(head[124..<136])
    else { return nil }
    self.init(name: String(decoding: head[..<100].prefix { $0 != 0 }, as: UTF8.self), size: size)
  }

  private static func size(_ field: ArraySlice<UInt8>) -> Int? {
    guard field.first == 0x80 else { return number(field) }
    guard field.dropFirst().prefix(3).allSatisfy({ $0 == 0 }) else { return nil }
    let size = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Int(exactly: size)
  }

  /// Octal digits, ended by a zero or a blank.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }, as: UTF8.self), radix: 8)
  }
}

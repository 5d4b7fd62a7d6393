/// A format that bytes are in, as oslo.utils' `format_inspector` finds it.
struct DetectedFormat: Sendable {
  /// Why bytes of a format are refused, whatever is said of them.
  enum Flaw: Sendable {
    /// The end is missing.
    case incomplete
    /// They could do harm, or nobody should use them.
    case unsafe
  }

  /// As in `disk_format`.
  let name: String
  /// Bytes of the disk inside; `nil` where that is not known.
  var virtualSize: Int?
  var flaw: Flaw?

  /// The ways to look at bytes, each of which answers `nil` for those of another format.
  private static let inspections: [@Sendable (ByteSource) -> DetectedFormat?] = [
    qcow2, qed, vhd, vhdx, vmdk, vdi, iso, gpt, luks,
  ]

  /// The formats that are told apart. What is in none of them is raw.
  static let known: Set<String> = ["raw", "qcow2", "vhd", "vhdx", "vmdk", "vdi", "qed", "iso", "gpt", "luks"]

  /// All formats that the bytes could be in.
  static func all(_ source: ByteSource) -> [DetectedFormat] { inspections.compactMap { $0(source) } }

  init(_ name: String, virtualSize: UInt64? = nil, flaw: Flaw? = nil) {
    self.name = name
    self.virtualSize = virtualSize.flatMap { Int(exactly: $0) }
    self.flaw = flaw
  }
}

// The formats that say everything in their first bytes.
extension DetectedFormat {
  private static let sector = 512

  @Sendable private static func qcow2(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 0, sector), head.bigEndian(0, 4) == 0x5146_49FB else { return nil }
    return DetectedFormat("qcow2", virtualSize: head.bigEndian(24, 8), flaw: isSafeQCOW2(head) ? nil : .unsafe)
  }

  /// Neither a backing file nor a data file, and no feature that is unknown: those could reach into the host.
  private static func isSafeQCOW2(_ head: ByteRegion) -> Bool {
    let (version, features) = (head.bigEndian(4, 4), head.bigEndian(72, 8))
    guard head.bigEndian(8, 8) == 0, features & 0x04 == 0 else { return false }
    return version == 2 || version == 3 && features & ~0x0F == 0
  }

  @Sendable private static func qed(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 0, sector), head.starts(with: "QED\0") else { return nil }
    return DetectedFormat("qed", flaw: .unsafe)
  }

  @Sendable private static func vhd(_ source: ByteSource) -> DetectedFormat? {
    guard ByteRegion(source.bytes(at: 0, upTo: 8)).starts(with: "conectix") else { return nil }
    guard let head = source.region(at: 0, sector) else { return DetectedFormat("vhd", flaw: .incomplete) }
    return DetectedFormat("vhd", virtualSize: head.bigEndian(40, 8))
  }

  @Sendable private static func vdi(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 0, sector), head.littleEndian(64, 4) == 0xBEDA_107F else { return nil }
    return DetectedFormat("vdi", virtualSize: head.littleEndian(368, 8))
  }

  @Sendable private static func iso(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 32 << 10, 2 << 10) else { return nil }
    let mark = String(decoding: head.slice(1..<6), as: UTF8.self)
    guard ["CD001", "NSR02", "NSR03"].contains(mark) else { return nil }
    // Only a primary volume descriptor tells the number of blocks, and how large one is.
    guard head.byte(0) == 1 else { return DetectedFormat("iso") }
    return DetectedFormat("iso", virtualSize: head.littleEndian(80, 4) * head.littleEndian(128, 2))
  }

  @Sendable private static func luks(_ source: ByteSource) -> DetectedFormat? {
    guard source.bytes(at: 0, upTo: 6) == Array("LUKS".utf8) + [0xBA, 0xBE] else { return nil }
    guard let head = source.region(at: 0, 592) else { return DetectedFormat("luks", flaw: .incomplete) }
    let payload = Int(head.bigEndian(104, 4)) * sector
    let size = UInt64(max(0, source.count - payload))
    return DetectedFormat("luks", virtualSize: size, flaw: head.bigEndian(6, 2) == 1 ? nil : .unsafe)
  }

  /// A partition table, old or new. The boot sector of a FAT file system has the same mark, but is none.
  @Sendable private static func gpt(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 0, sector), head.littleEndian(510, 2) == 0xAA55 else { return nil }
    guard head.byte(0x10) != 2 || head.byte(0x15) != 0xF8 else { return nil }
    return DetectedFormat(
      "gpt", virtualSize: UInt64(source.count), flaw: isSafePartitionTable(head) ? nil : .unsafe)
  }

  private static func isSafePartitionTable(_ head: ByteRegion) -> Bool {
    var used: [Int] = []
    var isProtective = false
    for number in 0..<4 {
      let entry = 446 + 16 * number
      guard head.byte(entry) & 0x7F == 0 else { return false }
      if head.byte(entry + 4) != 0 { used.append(number) }
      guard head.byte(entry + 4) == 0xEE else { continue }
      isProtective = true
      guard head.slice(entry + 1..<entry + 4) == [0, 2, 0], head.littleEndian(entry + 8, 4) == 1 else { return false }
    }
    return isProtective ? used == [0] : !used.isEmpty
  }
}

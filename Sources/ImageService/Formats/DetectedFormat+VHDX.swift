// VHDX: a table of regions leads to the metadata, whose table leads to the size (MS-VHDX, sections 2.2.3 and 2.6).
extension DetectedFormat {
  private static let metadataRegion: [UInt8] = [
    0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E,
  ]
  private static let virtualDiskSize: [UInt8] = [
    0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8,
  ]
  private static let tableBytes = 64 << 10
  private static let entryBytes = 32

  @Sendable static func vhdx(_ source: ByteSource) -> DetectedFormat? {
    guard ByteRegion(source.bytes(at: 0, upTo: 8)).starts(with: "vhdxfile") else { return nil }
    guard let regions = source.region(at: 192 << 10, tableBytes) else {
      return DetectedFormat("vhdx", flaw: .incomplete)
    }
    guard regions.starts(with: "regi"),
      let entry = entry(metadataRegion, in: regions, after: 16, count: regions.littleEndian(8, 4))
    else { return DetectedFormat("vhdx") }
    guard let offset = Int(exactly: regions.littleEndian(entry + 16, 8)), let size = diskSize(source, offset) else {
      return DetectedFormat("vhdx", flaw: .incomplete)
    }
    return DetectedFormat("vhdx", virtualSize: size)
  }

  private static func diskSize(_ source: ByteSource, _ offset: Int) -> UInt64? {
    let metadata = ByteRegion(source.bytes(at: offset, upTo: tableBytes))
    guard metadata.starts(with: "metadata"),
      let entry = entry(virtualDiskSize, in: metadata, after: entryBytes, count: metadata.littleEndian(10, 2))
    else { return nil }
    return source.region(at: offset + Int(metadata.littleEndian(entry + 16, 4)), 8)?.littleEndian(0, 8)
  }

  /// Where a table's entry of that GUID begins.
  private static func entry(_ guid: [UInt8], in table: ByteRegion, after head: Int, count: UInt64) -> Int? {
    (0..<Int(min(count, 2047))).lazy.map { head + $0 * entryBytes }.first {
      table.slice($0..<$0 + guid.count) == guid
    }
  }
}

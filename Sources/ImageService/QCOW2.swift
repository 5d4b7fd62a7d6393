/// An empty disk in QEMU's format, version 3 ("compat 1.1"): header, reference counts, first-level table.
///
/// Source: QEMU's docs/interop/qcow2.txt. All numbers are big-endian.
struct QCOW2 {
  private static let magic: UInt32 = 0x5146_49FB  // "QFI" and 0xFB
  private static let clusterBits = 16
  private static let cluster = 1 << clusterBits
  /// Bytes that one entry of the first-level table stands for: a cluster of 8-byte entries, each for a cluster.
  private static let reach = (cluster / 8) * cluster

  /// Bytes of the disk inside.
  let virtualSize: Int

  private var tableEntries: Int { max(1, (virtualSize + Self.reach - 1) / Self.reach) }
  private var tableClusters: Int { (tableEntries * 8 + Self.cluster - 1) / Self.cluster }

  /// The file: header, table of reference counts, its one block, first-level table.
  var bytes: [UInt8] {
    var file = header
    file.pad(to: Self.cluster)
    file.append(UInt64(2 * Self.cluster))
    file.pad(to: 2 * Self.cluster)
    for _ in 0..<(3 + tableClusters) { file.append(UInt16(1)) }
    file.pad(to: 3 * Self.cluster)
    file.pad(to: 3 * Self.cluster + tableEntries * 8)
    return file
  }

  private var header: [UInt8] {
    var header: [UInt8] = []
    header.append(Self.magic)
    header.append(UInt32(3))
    header.append(UInt64(0))  // no backing file
    header.append(UInt32(0))
    header.append(UInt32(Self.clusterBits))
    header.append(UInt64(virtualSize))
    header.append(UInt32(0))  // not encrypted
    header.append(UInt32(tableEntries))
    header.append(UInt64(3 * Self.cluster))
    header.append(UInt64(Self.cluster))  // table of reference counts
    header.append(UInt32(1))
    header.append(UInt32(0))  // no snapshots
    header.append(UInt64(0))
    header.append(UInt64(0))  // incompatible, compatible and autoclear features: none
    header.append(UInt64(0))
    header.append(UInt64(0))
    header.append(UInt32(4))  // reference counts of 16 bits
    header.append(UInt32(104))  // the header's length
    return header
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func pad(to count: Int) { append(contentsOf: repeatElement(0, count: count - self.count)) }
}

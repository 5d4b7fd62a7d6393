// VMDK: a header, a descriptor of text, and in some files a footer that repeats the header (VMware's "Virtual Disk
// Format"). A file may also be the descriptor alone.
extension DetectedFormat {
  private static let longestDescriptor = (1 << 20) - 1
  private static let footerFollows = UInt64.max

  @Sendable static func vmdk(_ source: ByteSource) -> DetectedFormat? {
    guard let head = source.region(at: 0, 64) else { return nil }
    guard head.starts(with: "KDMV") else { return descriptorAlone(source) }
    guard (1...3).contains(head.littleEndian(4, 4)), head.littleEndian(28, 8) == 1 else {
      return DetectedFormat("vmdk", flaw: .unsafe)
    }
    let length = Int(min(head.littleEndian(36, 8), UInt64(longestDescriptor)) << 9)
    guard let region = source.region(at: 512, min(length, longestDescriptor)) else {
      return DetectedFormat("vmdk", flaw: .incomplete)
    }
    guard let descriptor = VMDKDescriptor(region.bytes), descriptor.isSafe, isSafeFooter(source, head) else {
      return DetectedFormat("vmdk", flaw: .unsafe)
    }
    return DetectedFormat("vmdk", virtualSize: head.littleEndian(12, 8) &* 512)
  }

  /// Text names files to read, so it is refused wherever it is found.
  private static func descriptorAlone(_ source: ByteSource) -> DetectedFormat? {
    let isText = source.bytes(at: 0, upTo: 512).allSatisfy { (0x20...0x7E).contains($0) || (0x09...0x0D).contains($0) }
    guard isText, VMDKDescriptor(source.bytes(at: 0, upTo: 64 << 10))?.type != nil else { return nil }
    return DetectedFormat("vmdk", flaw: .unsafe)
  }

  private static func isSafeFooter(_ source: ByteSource, _ head: ByteRegion) -> Bool {
    guard head.littleEndian(56, 8) == footerFollows else { return true }
    guard let end = source.region(at: source.count - 1536, 1536) else { return false }
    let footer = ByteRegion(end.slice(512..<1024))
    return footer.slice(0..<8) == head.slice(0..<8) && footer.slice(28..<44) == head.slice(28..<44)
      && footer.littleEndian(56, 8) != footerFollows && isMarker(ByteRegion(end.slice(0..<512)), 3)
      && end.littleEndian(1024, 8) == 0 && isMarker(ByteRegion(end.slice(1024..<1536)), 0)
  }

  /// A sector that says what follows: no data of its own, a kind, and zeroes.
  private static func isMarker(_ sector: ByteRegion, _ kind: UInt64) -> Bool {
    sector.littleEndian(8, 4) == 0 && sector.littleEndian(12, 4) == kind
      && sector.slice(16..<512).allSatisfy { $0 == 0 }
  }
}

/// The text in a VMDK that says what its parts are.
private struct VMDKDescriptor {
  private let lines: [Substring]
  /// `createType`
  let type: String?

  /// `nil` for what is not text.
  init?(_ bytes: [UInt8]) {
    let text = bytes.prefix { $0 != 0 }
    guard !text.isEmpty, text.allSatisfy({ $0 < 0x80 }) else { return nil }
    lines = String(decoding: text, as: UTF8.self).lowercased().split { $0.isNewline }.map { $0.trimmingBlanks() }
    let mark = "createtype=\""
    type = lines.lazy.compactMap { line in
      line.hasPrefix(mark) ? line.dropFirst(mark.count).prefix { $0 != "\"" } : nil
    }.first.map(String.init)
  }

  /// A disk in one file, of which everything is understood, and which leads to no other.
  var isSafe: Bool {
    guard type == "monolithicsparse" || type == "streamoptimized" else { return false }
    let extents = lines.filter { line in ["rw", "rdonly", "noaccess"].contains { line.hasPrefix($0 + " ") } }
    let isUnderstood = lines.allSatisfy { line in
      line.isEmpty || line.hasPrefix("#") || line.hasPrefix("ddb") || Self.isAssignment(line) || extents.contains(line)
    }
    return isUnderstood && !extents.isEmpty && !extents.contains { $0.contains("/") }
  }

  private static func isAssignment(_ line: Substring) -> Bool {
    line.contains("=") && !line.prefix { $0 != "=" }.contains(" ")
  }
}

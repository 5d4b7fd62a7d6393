import OpenStackAPI

/// What a client says of an image's bytes, to be compared with what they are (glance/location.py, `set_data`).
struct DiskFormat: Sendable {
  /// `disk_format`
  let disk: String?
  /// `container_format`: only what is in no container is looked at.
  let container: String?
  /// Whether other bytes are refused: `require_image_format_match`.
  let mustMatch: Bool

  /// Bytes of the disk inside, `nil` where nothing tells. Throws when the bytes are not what they are said to be, or
  /// are dangerous, whatever they are said to be.
  func virtualSize(of path: String) throws(Fault) -> Int? {
    guard container == "bare" else { return nil }
    let source = try ByteSource(path: path)
    do throws(Mismatch) {
      return try virtualSize(of: source)
    } catch {
      guard mustMatch || error.isDangerous else { return nil }
      throw Fault(415, error.message, reason: .syntax)
    }
  }

  private func virtualSize(of source: ByteSource) throws(Mismatch) -> Int? {
    let found = try detected(source)
    let size: Int?
    if found.name == disk {
      size = found.name == "raw" ? source.count : found.virtualSize
    } else if disk == "raw" {
      size = source.count
    } else if found.name == "raw", !DetectedFormat.known.contains(disk ?? "") {
      size = nil
    } else {
      throw Mismatch("Image disk_format \(disk ?? "None") does not match stream data \(found.name)")
    }
    switch found.flaw {
    case .incomplete: throw Mismatch("Incomplete file cannot be safety checked")
    case .unsafe: throw Mismatch("Image failed safety checks", isDangerous: true)
    case nil: return size == 0 ? nil : size
    }
  }

  /// A CD that also boots as a disk begins with a partition table. Any other mixture hides something.
  private func detected(_ source: ByteSource) throws(Mismatch) -> DetectedFormat {
    var found = DetectedFormat.all(source)
    if Set(found.map(\.name)) == ["iso", "gpt"] { found.removeAll { $0.name == "gpt" } }
    guard found.count <= 1 else {
      throw Mismatch("Multiple formats detected: \(found.map(\.name).joined(separator: ","))")
    }
    return found.first ?? DetectedFormat("raw")
  }

  /// Bytes that are not what they are said to be.
  private struct Mismatch: Error {
    let message: String
    let isDangerous: Bool

    init(_ message: String, isDangerous: Bool = false) { (self.message, self.isDangerous) = (message, isDangerous) }
  }
}

extension Image {
  /// What is said of its bytes.
  func format(in world: World) -> DiskFormat {
    let settings = world.settings.get(default: ImportSettings())
    return DiskFormat(disk: diskFormat, container: containerFormat, mustMatch: settings.requiresFormatMatch)
  }
}

import OpenStackAPI

/// What a client says of an image's bytes, to be compared with what they are (glance/location.py, `set_data`).
struct DiskFormat: Sendable {
  /// `disk_format`
  let disk: String?
  /// `container_format`: only what is in no container is looked at.
  let container: String?

  /// Bytes of the disk inside, `nil` where nothing tells. Throws when the bytes are not what they are said to be.
  func virtualSize(of path: String) throws(Fault) -> Int? {
    guard container == "bare", let source = ByteSource(path: path) else { return nil }
    let found = try detected(source)
    let size: Int?
    if found.name == disk {
      size = found.name == "raw" ? source.count : found.virtualSize
    } else if disk == "raw" {
      size = source.count
    } else if found.name == "raw", !DetectedFormat.known.contains(disk ?? "") {
      size = nil
    } else {
      throw refusal("Image disk_format \(disk ?? "None") does not match stream data \(found.name)")
    }
    switch found.flaw {
    case .incomplete: throw refusal("Incomplete file cannot be safety checked")
    case .unsafe: throw refusal("Image failed safety checks")
    case nil: return size == 0 ? nil : size
    }
  }

  /// A CD that also boots as a disk begins with a partition table. Any other mixture hides something.
  private func detected(_ source: ByteSource) throws(Fault) -> DetectedFormat {
    var found = DetectedFormat.all(source)
    if Set(found.map(\.name)) == ["iso", "gpt"] { found.removeAll { $0.name == "gpt" } }
    guard found.count <= 1 else {
      throw refusal("Multiple formats detected: \(found.map(\.name).joined(separator: ","))")
    }
    return found.first ?? DetectedFormat("raw")
  }

  private func refusal(_ message: String) -> Fault { Fault(415, message, reason: .syntax) }
}

extension Image {
  /// What is said of its bytes.
  var format: DiskFormat { DiskFormat(disk: diskFormat, container: containerFormat) }
}

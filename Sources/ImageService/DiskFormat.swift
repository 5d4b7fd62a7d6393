/// What the first bytes of an image say of it.
struct DiskFormat {
  /// How many bytes are looked at.
  static let headerLength = 512

  private let declared: String?
  private let head: [UInt8]

  /// The format that the client names, and the bytes' beginning.
  init(_ declared: String?, _ head: [UInt8]) { (self.declared, self.head) = (declared, head) }

  /// Bytes of the disk inside: of a raw image all of them, of a qcow2 what its header says; `nil` where the bytes are not
  /// what they are said to be, or the format says nothing.
  func virtualSize(ofFile count: Int) -> Int? {
    switch declared {
    case "raw": count
    case "qcow2": QCOW2.virtualSize(head)
    default: nil
    }
  }
}

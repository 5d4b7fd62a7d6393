import OpenStackAPI

/// What a client says of the bytes behind a location (`validation_data`): digests that an image takes over.
struct ValidationData: Sendable {
  let checksum: String?
  let algorithm: String?
  let hash: String?

  /// Reads what is said with several locations of a change.
  init(_ locations: [JSON]) throws(Fault) {
    var said = JSONObject()
    for (name, value) in locations.flatMap({ $0["validation_data"]?.object?.members ?? [] }) {
      guard said[name] == nil || said[name] == value else { throw .conflict("Conflicting values for \(name)") }
      said[name] = value
    }
    self.init(said)
  }

  /// Reads what is said of a location that is added by itself, and checks it as far as that can be without the bytes.
  init(ofAdded value: JSON?) throws(Fault) {
    self.init(value?.object ?? JSONObject())
    guard let hash else { return }
    let algorithm = algorithm ?? ImageDigests.algorithm.rawValue
    guard let bytes = Self.byteCount(hash) else {
      throw .badRequest("os_hash_value (\(hash)) is not a valid hexadecimal value")
    }
    let wanted = DigestAlgorithm(rawValue: algorithm)?.byteCount
    guard bytes == wanted else {
      throw .badRequest(
        "os_hash_value: (\(hash)) is not the correct size for (\(algorithm)) (should be (\(wanted ?? 0)) bytes)")
    }
  }

  private init(_ said: JSONObject) {
    (checksum, algorithm, hash) = (said["checksum"]?.text, said["os_hash_algo"]?.text, said["os_hash_value"]?.text)
  }

  /// Refuses what contradicts an image; values that it has already change nothing.
  func check(_ image: Image) throws(Fault) {
    var new: [String] = []
    let pairs = [
      ("checksum", checksum, image.checksum), ("os_hash_algo", algorithm, image.hashAlgorithm),
      ("os_hash_value", hash, image.hashValue),
    ]
    for (name, said, known) in pairs where said != nil && said != known {
      guard known == nil else { throw .conflict("\(name) is already set with a different value") }
      new.append(name)
    }
    guard !new.isEmpty else { return }
    guard image.status == .queued else {
      throw .conflict(
        "New value(s) for \(new.joined(separator: ", ")) may only be provided when image status is 'queued'",
        reason: .state)
    }
    if let checksum { try Self.check("checksum", checksum, .md5) }
    guard algorithm == ImageDigests.algorithm.rawValue, let hash else {
      throw .conflict("os_hash_algo must be \(ImageDigests.algorithm.rawValue), not \(algorithm ?? "None")")
    }
    try Self.check("os_hash_value", hash, ImageDigests.algorithm)
  }

  private static func check(_ name: String, _ value: String, _ algorithm: DigestAlgorithm) throws(Fault) {
    guard let bytes = byteCount(value) else { throw .conflict("\(name) (\(value)) is not a valid hexadecimal value") }
    guard bytes == algorithm.byteCount else {
      throw .conflict(
        "\(name) (\(value)) is not the correct size for \(algorithm.rawValue) (should be \(algorithm.byteCount) bytes)")
    }
  }

  private static func byteCount(_ text: String) -> Int? {
    text.utf8.count % 2 == 0 && text.allSatisfy(\.isHexDigit) ? text.utf8.count / 2 : nil
  }
}

extension Image {
  /// Takes digests over as they are said to be.
  mutating func adopt(_ data: ValidationData) {
    checksum = data.checksum ?? checksum
    hashAlgorithm = data.algorithm ?? hashAlgorithm
    hashValue = data.hash ?? hashValue
  }
}

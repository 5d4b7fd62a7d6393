import OpenStackAPI

/// What is known of a world beside its rows. For a world on the disk that was made while the cloud ran it is a file,
/// `world.json`, so that the world is there again after a restart.
struct WorldRecord: Sendable {
  let name: String
  var source: WorldSource
  var seed: UInt64?
  var isInMemory: Bool
  let createdAt: Timestamp
  var expiresAt: Timestamp?
  /// How its clock goes in the beginning, where that was said.
  var clock: ClockSetting?
  /// What a fork was made from, for going back to it.
  var origin: WorldImage?
  /// The world that it belongs to, and ends with; `nil` for the cloud's own.
  var owner: String?
  /// How many worlds of this name there were before with a seed, which would have the same secrets.
  var incarnation = 0
  /// Whether the configuration wants it to be there; then it needs no file.
  var isConfigured = false
  /// Why its file cannot be read; then no more than the name is known.
  var flaw: CloudError?

  var description: WorldDescription {
    WorldDescription(
      name: name, source: source, seed: seed, isInMemory: isInMemory, createdAt: createdAt, expiresAt: expiresAt,
      owner: owner)
  }
}

extension WorldRecord {
  static let file = "world.json"

  /// Reads the record of a world; `nil` where there is none. One that cannot be read has a flaw.
  static func read(_ name: String, in data: DataDirectory) -> WorldRecord? {
    let path = "\(data.world(name))/\(file)"
    do throws(File.Failure) {
      guard let bytes = try File.readIfThere(path) else { return nil }
      return WorldRecord(name, bytes, in: data)
        ?? unreadable(name, in: data, .record(path, reason: "this is no record of a world"))
    } catch {
      return unreadable(name, in: data, .record(path, reason: "\(error)", trouble: error.trouble))
    }
  }

  private static func unreadable(_ name: String, in data: DataDirectory, _ flaw: CloudError) -> WorldRecord {
    var record = WorldRecord(
      name: name, source: .configuration, isInMemory: false,
      createdAt: File.changed(data.world(name)) ?? Timestamp(seconds: 0))
    record.flaw = flaw
    return record
  }

  private init?(_ name: String, _ bytes: [UInt8], in data: DataDirectory) {
    guard let json = try? JSON(parsing: bytes), let created = json["created_at"]?.integer,
      let source = WorldSource(json["from"] ?? .null)
    else { return nil }
    self.init(
      name: name, source: source, seed: json["seed"]?.text.flatMap { UInt64($0) }, isInMemory: false,
      createdAt: Timestamp(microseconds: created),
      expiresAt: json["expires_at"]?.integer.map { Timestamp(microseconds: $0) },
      clock: json["clock"].flatMap(ClockSetting.init),
      origin: source.isFork ? WorldImage(directory: SharedDirectory(data.origin(of: name))) : nil,
      owner: json["owner"]?.text, incarnation: json["incarnation"]?.integer ?? 0)
  }

  /// Writes the record into a world's directory.
  func write(in directory: String) throws {
    var json = JSONObject([("from", source.json), ("created_at", .integer(createdAt.microseconds))])
    json["seed"] = seed.map { .string(String($0)) }
    json["expires_at"] = expiresAt.map { .integer($0.microseconds) }
    json["clock"] = clock?.json
    json["owner"] = owner.map { .string($0) }
    json["incarnation"] = .integer(incarnation)
    try File.write(JSON.object(json).jsonText, to: "\(directory)/\(Self.file)")
  }
}

extension ClockSetting {
  /// As a record keeps it.
  fileprivate var json: JSON {
    [
      "rate": .string("\(mode.rate)"), "mode": .string(mode.name),
      "now": now.map { .integer($0.microseconds) } ?? .null,
    ]
  }

  fileprivate init?(_ json: JSON) {
    guard let rate = json["rate"]?.text.flatMap(Double.init) else { return nil }
    guard let mode = json["mode"] == "real" ? .real : ClockMode(kept: rate) else { return nil }
    self.init(mode, now: json["now"]?.integer.map { Timestamp(microseconds: $0) })
  }
}

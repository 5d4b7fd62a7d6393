import OpenStackAPI

/// What the configuration's `compute` section says.
struct ComputeSettings: Sendable {
  var quota = Quota()
  /// The one compute host's name.
  var host = "pocketstack"
  var availabilityZone = "nova"

  /// Seconds that a shelved server stays on its host; -1 is for good (nova.conf, `shelved_offload_time`).
  var shelvedOffloadTime = 0
  /// Seconds for which a deleted server can be restored; 0 deletes at once (nova.conf, `reclaim_instance_interval`).
  var reclaimInstanceInterval = 0
  /// The consoles that the host's hypervisor offers, by their types' names.
  var consoles = ["novnc"]
  /// Seconds that a console's address is good for (nova.conf, `[consoleauth] token_ttl`).
  var consoleTokenTTL = 600

  /// Nova's default limits (nova.conf, `[quota]`); -1 is no limit.
  struct Quota: Sendable {
    var instances = 10
    var cores = 20
    /// MiB.
    var ram = 51200
    var keyPairs = 100
    var metadataItems = 128
    var serverGroups = 10
    var serverGroupMembers = 10
    var injectedFiles = 5
    var injectedFileContentBytes = 10240
    var injectedFilePathBytes = 255
  }

  init() {}

  init(_ section: Configuration) throws(ConfigurationError) {
    host = try Self.name("host", .hostName, section) ?? host
    availabilityZone = try Self.name("availability_zone", .zone, section) ?? availabilityZone
    let seconds = 2_147_483_647
    shelvedOffloadTime = try section.integer("shelved_offload_time", in: -1...seconds) ?? shelvedOffloadTime
    reclaimInstanceInterval =
      try section.integer("reclaim_instance_interval", in: 0...seconds) ?? reclaimInstanceInterval
    consoles = try Self.consoles(section) ?? consoles
    consoleTokenTTL = try section.integer("console_token_ttl", in: 1...seconds) ?? consoleTokenTTL
    let quota = try section.section("quota")
    let keys: [(String, WritableKeyPath<Quota, Int>)] = [
      ("instances", \.instances), ("cores", \.cores), ("ram", \.ram), ("key_pairs", \.keyPairs),
      ("metadata_items", \.metadataItems), ("server_groups", \.serverGroups),
      ("server_group_members", \.serverGroupMembers), ("injected_files", \.injectedFiles),
      ("injected_file_content_bytes", \.injectedFileContentBytes),
      ("injected_file_path_bytes", \.injectedFilePathBytes),
    ]
    for (key, path) in keys {
      if let limit = try quota.integer(key, in: -1...2_147_483_647) { self.quota[keyPath: path] = limit }
    }
  }
}

extension ComputeSettings {
  /// The types are those that a console can be asked for.
  private static func consoles(_ section: Configuration) throws(ConfigurationError) -> [String]? {
    guard let types = try section.strings("consoles") else { return nil }
    if let unknown = types.first(where: { !RemoteConsole.offered.contains($0) }) {
      let known = RemoteConsole.offered.joined(separator: ", ")
      throw section.mistake("consoles", "expected types of consoles (\(known)), found \"\(unknown)\"")
    }
    return types
  }

  /// Hosts and zones are called as Nova lets them be called.
  fileprivate static func name(
    _ key: String, _ format: StringFormat, _ section: Configuration
  ) throws(ConfigurationError) -> String? {
    guard let name = try section.string(key) else { return nil }
    guard !name.isEmpty, name.unicodeScalars.count <= 255, format.accepts(name) else {
      throw section.mistake(key, "expected a name of at most 255 characters, found \(JSON.quoted(name))")
    }
    return name
  }
}

extension World {
  var compute: ComputeSettings { settings.get(default: ComputeSettings()) }
}

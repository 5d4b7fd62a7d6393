import OpenStackAPI

/// What the configuration's `compute` section says.
struct ComputeSettings: Sendable {
  var quota = Quota()
  /// The one compute host's name.
  var host = "pocketstack"
  var availabilityZone = "nova"

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
    host = try section.string("host") ?? host
    availabilityZone = try section.string("availability_zone") ?? availabilityZone
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

extension World {
  var compute: ComputeSettings { settings.get(default: ComputeSettings()) }
}

import OpenStackAPI

/// Something that Nova limits (nova.quota, `QUOTAS.resources`).
struct QuotaResource: Sendable {
  let name: String
  /// The versions in which quota sets show and take it.
  let versions: VersionRange
  /// The versions in which quota classes show it; they take it as quota sets of the version after do.
  let classVersions: VersionRange
  /// The versions in which quota classes take it.
  let classInput: VersionRange
  /// What the configuration says of it.
  let initial: @Sendable (ComputeSettings.Quota) -> Int
  /// What the counters say of it; `nil` for what is not counted, or only per user or group, which Nova shows as 0.
  let used: (@Sendable (QuotaUsage) -> Int)?

  private init(
    _ name: String, until: Version? = nil, classSince: Version? = nil, classUntil: Version? = nil,
    used: (@Sendable (QuotaUsage) -> Int)? = nil, _ initial: @escaping @Sendable (ComputeSettings.Quota) -> Int
  ) {
    (self.name, self.initial, self.used) = (name, initial, used)
    versions = VersionRange(until: until)
    classVersions = VersionRange(since: classSince, until: classUntil ?? until)
    classInput = VersionRange(until: classUntil ?? until)
  }

  static let cores = QuotaResource("cores", used: { $0.cores }) { $0.cores }
  static let instances = QuotaResource("instances", used: { $0.instances }) { $0.instances }
  static let ram = QuotaResource("ram", used: { $0.ram }) { $0.ram }
  static let keyPairs = QuotaResource("key_pairs") { $0.keyPairs }
  static let metadataItems = QuotaResource("metadata_items") { $0.metadataItems }
  static let serverGroups = QuotaResource("server_groups", classSince: "2.50", used: { $0.serverGroups }) {
    $0.serverGroups
  }
  static let serverGroupMembers = QuotaResource("server_group_members", classSince: "2.50") { $0.serverGroupMembers }
  static let injectedFiles = QuotaResource("injected_files", until: "2.56") { $0.injectedFiles }
  static let injectedFileContentBytes = QuotaResource("injected_file_content_bytes", until: "2.56") {
    $0.injectedFileContentBytes
  }
  static let injectedFilePathBytes = QuotaResource("injected_file_path_bytes", until: "2.56") {
    $0.injectedFilePathBytes
  }

  /// What nova-network limited: still named, without effect.
  private static func ofNetworks(_ name: String) -> QuotaResource {
    QuotaResource(name, until: "2.35", classUntil: "2.49") { _ in -1 }
  }

  static let all: [QuotaResource] = [
    cores, ofNetworks("fixed_ips"), ofNetworks("floating_ips"), injectedFileContentBytes, injectedFilePathBytes,
    injectedFiles, instances, keyPairs, metadataItems, ram, ofNetworks("security_group_rules"),
    ofNetworks("security_groups"), serverGroupMembers, serverGroups,
  ]

  /// A limit as requests give it.
  static let limit = Schema.integerOrDigits(-1...2_147_483_647)
}

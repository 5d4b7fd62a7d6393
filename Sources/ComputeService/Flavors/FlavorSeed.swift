import OpenStackAPI
import Persistence

/// The flavors of a new cloud: the configuration's, or DevStack's with the tutorial's flavor 16.
struct FlavorSeed: Sendable {
  private struct Entry: Sendable {
    let id: String
    let values: JSON
  }

  private let entries: [Entry]

  private static let defaults: [(id: String, name: String, ram: Int, disk: Int, vcpus: Int)] = [
    ("1", "m1.tiny", 512, 1, 1), ("2", "m1.small", 2048, 20, 1), ("3", "m1.medium", 4096, 40, 2),
    ("4", "m1.large", 8192, 80, 4), ("5", "m1.xlarge", 16384, 160, 8), ("16", "s1.cw.small-1", 1024, 10, 1),
    ("42", "m1.nano", 192, 1, 1), ("84", "m1.micro", 256, 1, 1), ("c1", "cirros256", 256, 1, 1),
    ("d1", "ds512M", 512, 5, 1), ("d2", "ds1G", 1024, 10, 1), ("d3", "ds2G", 2048, 10, 2), ("d4", "ds4G", 4096, 20, 4),
  ]

  init() {
    entries = Self.defaults.map { flavor in
      Entry(id: flavor.id, values: Self.values(flavor.name, ram: flavor.ram, disk: flavor.disk, vcpus: flavor.vcpus))
    }
  }

  private static func values(
    _ name: String, ram: Int, disk: Int, vcpus: Int, ephemeral: Int = 0, swap: Int = 0, isPublic: Bool = true,
    description: String? = nil, extraSpecs: [String: String] = [:]
  ) -> JSON {
    [
      "name": .string(name), "ram": .integer(ram), "disk": .integer(disk), "vcpus": .integer(vcpus),
      "OS-FLV-EXT-DATA:ephemeral": .integer(ephemeral), "swap": .integer(swap),
      "os-flavor-access:is_public": .bool(isPublic), "description": description.map(JSON.string) ?? .null,
      "extra_specs": .object(JSONObject(extraSpecs.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
    ]
  }

  private init(_ entries: [Entry]) { self.entries = entries }

  /// Reads `seed.flavors`.
  init(_ seed: Configuration) throws(ConfigurationError) {
    guard let sections = try seed.sections("flavors") else {
      self = FlavorSeed()
      return
    }
    var entries: [Entry] = []
    for section in sections { entries.append(try Self.entry(section)) }
    self = FlavorSeed(entries)
  }

  private static func entry(_ section: Configuration) throws(ConfigurationError) -> Entry {
    func number(_ key: String, _ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
      guard let number = try section.integer(key, in: range) else {
        throw section.mistake(key, "expected an integer, found nothing")
      }
      return number
    }
    let values = Self.values(
      try section.requiredString("name"), ram: try number("ram", 1...maximum), disk: try number("disk", 0...maximum),
      vcpus: try number("vcpus", 1...maximum), ephemeral: try section.integer("ephemeral", in: 0...maximum) ?? 0,
      swap: try section.integer("swap", in: 0...maximum) ?? 0, isPublic: try section.bool("is_public") ?? true,
      description: try section.string("description"), extraSpecs: try section.stringMap("extra_specs") ?? [:])
    return Entry(id: try section.requiredString("id"), values: values)
  }

  private static let maximum = 2_147_483_647

  static func plant(_ world: World) async throws {
    let seed = world.settings.get(default: FlavorSeed())
    try await world.write { db in
      for entry in seed.entries { try Flavor.insert(entry.values, id: entry.id, at: world.now, db) }
    }
  }
}

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

  /// Reads `seed.flavors`, which add to the defaults. One with the id or the name of a default flavor changes that.
  init(_ seed: Configuration) throws {
    entries = try seed.seeded(
      "flavors", over: FlavorSeed().entries,
      means: { section, flavor in
        let id = try section.string("id")
        return try id == flavor.id || section.string("name") == flavor.values["name"]?.text
      }, read: Self.entry)
    var seen: Set<String> = []
    for name in entries.map({ "id \($0.id)" }) + entries.map({ "name \($0.values["name"]?.text ?? "")" }) {
      guard seen.insert(name).inserted else { throw seed.mistake("flavors", "two flavors have the \(name)") }
    }
  }

  private static func entry(_ section: Configuration, over base: Entry?) throws -> Entry {
    let known = base?.values
    func number(_ key: String, _ range: ClosedRange<Int>, or other: Int? = nil) throws -> Int {
      guard let number = try section.integer(key, in: range) ?? known?[key]?.integer ?? other else {
        throw section.mistake(key, "expected an integer, found nothing")
      }
      return number
    }
    let ephemeral = try section.integer("ephemeral", in: 0...maximum)
    let specs = known?["extra_specs"]?.object?.members.compactMap { key, value in value.text.map { (key, $0) } }
    let name = section.keys.contains("name") ? nil : known?["name"]?.text
    let values = Self.values(
      try name ?? section.requiredString("name"),
      ram: try number("ram", 1...maximum), disk: try number("disk", 0...maximum),
      vcpus: try number("vcpus", 1...maximum),
      ephemeral: ephemeral ?? known?["OS-FLV-EXT-DATA:ephemeral"]?.integer ?? 0,
      swap: try number("swap", 0...maximum, or: 0),
      isPublic: try section.bool("is_public") ?? known?["os-flavor-access:is_public"]?.bool ?? true,
      description: try section.string("description") ?? known?["description"]?.text,
      extraSpecs: try section.stringMap("extra_specs")
        ?? Dictionary(specs ?? [], uniquingKeysWith: { first, _ in first }))
    let id = section.keys.contains("id") ? nil : base?.id
    return Entry(id: try id ?? section.requiredString("id"), values: values)
  }

  private static let maximum = 2_147_483_647

  static func plant(_ world: World) async throws {
    let seed = world.settings.get(default: FlavorSeed())
    try await world.write { db in
      for entry in seed.entries { try Flavor.insert(entry.values, id: entry.id, at: world.now, db) }
    }
  }
}

import OpenStackAPI

/// The parts of request bodies that servers take at creation, change and rebuild.
enum ServerInput {
  static let creation = Body(
    "server", .object(creationProperties),
    alongside: [Property("os:scheduler_hints", hints), Property("OS-SCH-HNT:scheduler_hints", hints)])

  private static let creationProperties: [Property] = [
    .string("name", 1...255, format: .name, .required),
    Property("flavorRef", flavorRef, .required),
    Property("imageRef", imageRef),
    .string("adminPass"),
    Property("metadata", .metadata),
    Property("networks", networks, .requiredSince("2.37")),
    .string("OS-DCF:diskConfig", in: ["AUTO", "MANUAL"]),
    .string("accessIPv4", format: .ipv4),
    .string("accessIPv6", format: .ipv6),
    Property("personality", .array(personality), until: "2.56"),
    .string("availability_zone", 1...255, format: .name),
    Property("block_device_mapping", .array(blockDeviceV1)),
    Property("block_device_mapping_v2", .array(blockDeviceV2)),
    .truth("config_drive"),
    .string("key_name", 1...255, format: .name),
    Property("min_count", .integerOrDigits(1...Int.max, digits: "^[0-9]*$")),
    Property("max_count", .integerOrDigits(1...Int.max, digits: "^[0-9]*$")),
    .truth("return_reservation_id"),
    Property("security_groups", .array(.object([.string("name", 1...255, format: .name)]))),
    .string("user_data", 0...65535, format: .base64),
    Property("description", .description(255), since: "2.19"),
    Property("tags", .array(.string(1...60, format: .tag), count: 0...50), since: "2.52"),
    Property("trusted_image_certificates", certificates, since: "2.63"),
    .string("host", 1...255, format: .hostName, since: "2.74"),
    .string("hypervisor_hostname", 1...255, format: .hostName, since: "2.74"),
    Property("hostname", hostname, since: "2.90"),
  ]

  static let change = Body(
    "server",
    [
      .string("name", 1...255, format: .name),
      .string("OS-DCF:diskConfig", in: ["AUTO", "MANUAL"]),
      .string("accessIPv4", format: .ipv4),
      .string("accessIPv6", format: .ipv6),
      Property("description", .description(255), since: "2.19"),
      Property("hostname", hostname, since: "2.90"),
      Property("pinned_availability_zone", nameOrNull, since: "2.104"),
    ])

  /// A flavor's id; Nova takes a number as its digits.
  static let flavorRef = Schema.typed([("string", .string(1...Int.max)), ("integer", .any)])

  /// A name of any characters, or `null`.
  static let nameOrNull = Schema.anyOf([.string(1...255), .null])

  /// A UUID, or nothing for a server that boots from a volume.
  private static let imageRef = Schema.anyOf([.string(format: .uuid), .string(0...0)])

  /// A label since 2.90, a name with dots since 2.94.
  static let hostname = Schema.byVersion { version in
    version < "2.94"
      ? Schema.string(format: .label).and(Schema.string(2...63).check) : .string(1...255, format: .hostName)
  }

  static let certificates = Schema.array(.string(1...Int.max), count: 1...50, unique: true).orNull

  static let personality = Schema.object([.string("path"), .string("contents", format: .base64)])

  private static let address = Schema.typed([
    ("string", .anyOf([.string(format: .ipv4), .string(format: .ipv6)]))
  ])

  private static func network(uuid: Schema) -> Schema {
    .object([
      Property("uuid", uuid), Property("port", Schema.string(format: .uuid).orNull), Property("fixed_ip", address),
      .string("tag", 1...60, format: .tag, since: "2.32", until: "2.36"),
      .string("tag", 1...60, format: .tag, since: "2.42"),
    ])
  }

  private static let networksByName = Schema.array(network(uuid: .string()))

  private static let networks = Schema.byVersion { version in
    guard version >= "2.37" else { return networksByName }
    return .anyOf([.array(network(uuid: .string(format: .uuid))), .string(in: ["none", "auto"])])
  }

  private static let deviceName = Property.string(
    "device_name", 1...255, format: .letters(and: "._/-", "^[a-zA-Z0-9._/-]*$"))

  private static let sharedDeviceProperties: [Property] = [
    .string("connection_info", 0...16_777_215), .truth("delete_on_termination"), deviceName,
    Property("no_device", .any), .string("snapshot_id", format: .uuid), .string("virtual_name", 0...255),
    .string("volume_id", format: .uuid), .integer("volume_size", 1...2_147_483_647),
  ]

  private static let blockDeviceV1 = Schema.object(sharedDeviceProperties)

  private static let blockDeviceV2 = Schema.object(
    sharedDeviceProperties + [
      Property("boot_index", Schema.integerOrDigits().orNull), .string("destination_type", in: ["local", "volume"]),
      .string("device_type", 0...255), .string("disk_bus", 0...255), .string("guest_format", 0...255),
      .string("image_id", format: .uuid), .string("source_type", in: ["volume", "image", "snapshot", "blank"]),
      .string("uuid", 1...255, format: deviceUUID),
      .string("tag", 1...60, format: .tag, since: "2.32", until: "2.32"),
      .string("tag", 1...60, format: .tag, since: "2.42"),
      Property("volume_type", Schema.string(0...255).orNull, since: "2.67"),
    ])

  /// No UUID need be one: a name will do.
  private static let deviceUUID = StringFormat.letters(and: "._-", "^[a-zA-Z0-9._-]*$")

  private static let uuids = Schema.anyOf([.string(format: .uuid), .array(.string(format: .uuid))])

  private static let range = StringFormat.pattern("^/[0-9a-f.:]+$") { text in
    text.hasPrefix("/") && text.utf8.count > 1
      && text.utf8.dropFirst().allSatisfy {
        (48...57).contains($0) || (97...102).contains($0) || ".:".utf8.contains($0)
      }
  }

  private static let hints = Schema.object(
    [
      Property("group", uuids), Property("different_host", uuids),
      Property("same_host", .typed([("string", .any), ("array", .array(.string(format: .uuid)))])),
      Property("query", .typed([("string", .any), ("object", .any)])),
      .string("target_cell", 1...255, format: .name),
      Property("different_cell", .typed([("string", .any), ("array", .array(.string()))])),
      Property("build_near_host_ip", address), .string("cidr", format: range),
    ], additional: .allowed)
}

extension StringFormat {
  /// A label of a host name: letters, digits and inner dashes.
  static let label = pattern("^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$") { text in
    text.utf8.count > 1 && text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") } && !text.hasPrefix("-")
      && !text.hasSuffix("-")
  }
}

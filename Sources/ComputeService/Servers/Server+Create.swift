import OpenStackAPI
import Persistence

/// What a request to boot servers asks for, checked against the cloud.
struct BootRequest: Sendable {
  let names: [String]
  let flavor: Flavor
  let image: ImageSummary?
  let diskConfig: DiskConfig
  let group: ServerGroup?
  let adminPassword: String
  let reservationID: String

  /// Nova's order of checks: counts, zone, image and networks as they are written, flavor, image, groups, networks, key,
  /// volumes, sizes, host, quota (nova.api.openstack.compute.servers, `create`; nova.compute.api, `create`).
  init(_ call: Call, _ db: Connection) throws {
    let input = call.input
    let (minimum, maximum) = try Self.counts(input)
    let place = try BootPlace(call)
    let imageID = try Self.imageID(input)
    try Self.checkForm(ofNetworks: input["networks"]?.array ?? [])
    flavor = try Self.flavor(call, db)
    if maximum > 1, input["hostname"]?.text != nil {
      throw Fault.badRequest("Unable to allocate a single hostname to multiple instances")
    }
    try place.checkZone(Aggregate.zone(db, call.world))
    image = try Self.image(imageID, call, db)
    let property = image?.properties[DiskConfig.property]
    diskConfig = try DiskConfig(input, image: image?.id, property: property)
    if flavor.isDisabled { throw Self.unknown(flavor: flavor.id) }
    try Self.checkNetworks(input)
    try Self.checkKey(call, db)
    try NUMATopology.check(flavor, properties: Server.kept(image?.properties ?? [:]).jsonText)
    try Self.refuseVolumes(input)
    try Self.refuseOversized(call, QuotaLimits.of(call, db))
    if let image { try Self.fit(flavor, image, call) }
    try place.checkHosts(call.world.compute.host)
    let count = try QuotaCheck(call, db).fitting(minimum, maximum, flavor: flavor)
    try Self.refuseTooMany(count, call)
    names = Self.names(input["name"]?.text ?? "", count)
    group = try ServerGroup.hinted(call, count: count, db)
    adminPassword = input["adminPass"]?.text ?? call.world.identifiers.password()
    reservationID = "r-" + call.world.identifiers.hex().suffix(8)
  }

  /// The largest number in Nova's database; quotas count no further.
  private static let mostServers = 2_147_483_647

  private static func counts(_ input: JSON) throws -> (Int, Int) {
    let minimum = min(input["min_count"]?.wholeNumber ?? 1, Self.mostServers)
    let maximum = min(input["max_count"]?.wholeNumber ?? minimum, Self.mostServers)
    guard minimum <= maximum else { throw Fault.badRequest("min_count must be <= max_count") }
    return (minimum, maximum)
  }

  /// How many servers one request makes at most, where no quota says less: they are made while all other changes wait.
  private static let mostAtOnce = 10_000

  private static func refuseTooMany(_ count: Int, _ call: Call) throws {
    guard count > mostAtOnce else { return }
    let name = call.input["max_count"] == nil ? "min_count" : "max_count"
    let value = call.input[name] ?? .integer(count)
    throw call.exchange.service.dialect.invalid(
      Violation(value, "\(count) is greater than the maximum of \(mostAtOnce)", path: [name]), in: .body)
  }

  /// One name a server; several are numbered.
  private static func names(_ name: String, _ count: Int) -> [String] {
    count == 1 ? [name] : (1...max(count, 1)).map { "\(name)-\($0)" }
  }

  static func refuseOversized(_ call: Call, _ limits: QuotaLimits) throws {
    let items = call.input["metadata"]?.object?.members.count ?? 0
    guard limits.allow(items, of: .metadataItems) else {
      throw Fault.forbidden(
        "Maximum number of metadata items exceeds \(limits[.metadataItems])", reason: .quota)
    }
    let files = call.input["personality"]?.array ?? []
    guard limits.allow(files.count, of: .injectedFiles) else {
      throw Fault.forbidden("Personality file limit exceeded", reason: .quota)
    }
    for file in files {
      guard limits.allow(file["path"]?.text?.utf8.count ?? 0, of: .injectedFilePathBytes) else {
        throw Fault.forbidden("Personality file path exceeds maximum", reason: .quota)
      }
      let size = Base64.leniently(decoded: file["contents"]?.text ?? "")?.count ?? 0
      guard limits.allow(size, of: .injectedFileContentBytes) else {
        throw Fault.forbidden("Personality file content limit exceeded", reason: .quota)
      }
    }
  }

  /// The hints for the scheduler, each of them a list, as Nova keeps them.
  static func hints(_ body: JSON) -> JSON {
    let given = body["os:scheduler_hints"] ?? body["OS-SCH-HNT:scheduler_hints"]
    let members = given?.object?.members ?? []
    return .object(JSONObject(members.map { ($0.key, $0.value.array == nil ? .array([$0.value]) : $0.value) }))
  }

  private static func devices(_ input: JSON) -> [JSON] {
    input["block_device_mapping_v2"]?.array ?? input["block_device_mapping"]?.array ?? []
  }

  private static func needsVolume(_ device: JSON) -> Bool {
    device["destination_type"]?.text == "volume" || device["volume_id"] != nil
  }

  /// The image's id; `nil` where the server boots from a device that the request names.
  private static func imageID(_ input: JSON) throws -> String? {
    if let id = input["imageRef"]?.text, !id.isEmpty { return id }
    guard devices(input).contains(where: needsVolume) else { throw Fault.badRequest("Missing imageRef attribute") }
    return nil
  }

  private static func refuseVolumes(_ input: JSON) throws {
    guard let volume = devices(input).first(where: needsVolume) else { return }
    let id = volume["volume_id"]?.text ?? volume["uuid"]?.text ?? ""
    throw Fault.badRequest("Block Device Mapping is Invalid: failed to get volume \(id).")
  }

  private static func image(_ id: String?, _ call: Call, _ db: Connection) throws -> ImageSummary? {
    guard let id else { return nil }
    guard let image = try call.world.crossings.images?.image(id, visibleTo: call.caller, db) else {
      throw Fault.badRequest("Can not find requested image")
    }
    return image
  }

  /// The flavor, by its id or by a link to it.
  private static func flavor(_ call: Call, _ db: Connection) throws -> Flavor {
    let id = Reference.id(call.input["flavorRef"]?.pythonText ?? "")
    guard let flavor = try Flavor.named(id, usableBy: call.caller, db) else { throw unknown(flavor: id) }
    return flavor
  }

  static func unknown(flavor id: String) -> Fault { .badRequest("Flavor \(id) could not be found.") }

  /// Whether the image is there to be booted, and the flavor has room for it.
  static func fit(_ flavor: Flavor, _ image: ImageSummary, _ call: Call) throws {
    guard image.status == "active" else {
      throw Fault.badRequest("Image \(image.id) is not active.", reason: .state)
    }
    try ImageNeeds(image).check(ram: flavor.ram, disk: flavor.disk, call)
  }

  static func checkKey(_ call: Call, _ db: Connection) throws {
    guard let name = call.input["key_name"]?.text else { return }
    let isKnown = try db.exists(
      "SELECT 1 FROM keypairs WHERE user_id = ? AND name = ?", call.caller.user.id, name)
    guard isKnown else { throw Fault.badRequest("Invalid key_name provided.") }
  }

  /// A network is named by its id or by a port of it (nova.api.openstack.compute.servers, `_get_requested_networks`).
  private static func checkForm(ofNetworks networks: [JSON]) throws {
    var ports: Set<String> = []
    for network in networks {
      guard let port = network["port"]?.text else {
        guard let id = network["uuid"]?.text else { throw Fault.badRequest("Bad network format: missing 'uuid'") }
        guard StringFormat.isUUID(id) else {
          throw Fault.badRequest("Bad networks format: network uuid is not in proper format (\(id))")
        }
        continue
      }
      guard ports.insert(port).inserted else {
        throw Fault.badRequest("Port ID '\(port)' was specified twice: you cannot attach a port multiple times.")
      }
      if let address = network["fixed_ip"]?.text {
        throw Fault.badRequest(
          "Specified Fixed IP '\(address)' cannot be used with port '\(port)': the two cannot be specified together.")
      }
    }
  }

  /// Without a network service there is no network to name and no security group but `default`.
  private static func checkNetworks(_ input: JSON) throws {
    for group in input["security_groups"]?.array ?? [] {
      guard let name = group["name"]?.text, name != "default" else { continue }
      throw Fault.badRequest("Unable to find security_group with name or id '\(name)'")
    }
    for network in input["networks"]?.array ?? [] {
      if let port = network["port"]?.text { throw Fault.badRequest("Port \(port) could not be found.") }
      if let id = network["uuid"]?.text { throw Fault.badRequest("Network \(id) could not be found.") }
    }
  }
}

extension Server {
  /// `POST /servers`.
  static func create(_ call: Call) async throws -> Response {
    let (servers, request) = try await call.world.write { db in
      let request = try BootRequest(call, db)
      let ids = try request.names.enumerated().map { index, name in
        try insert(request, name: name, index: index, call, db)
      }
      return (ids, request)
    }
    guard call.input["return_reservation_id"]?.truth != true else {
      return .json { json in json.member("reservation_id", request.reservationID) }
    }
    return created(servers[0], password: request.adminPassword, request.diskConfig, call)
  }

  private static func created(
    _ id: String, password: String, _ diskConfig: DiskConfig, _ call: Call
  ) -> Response {
    let groups = call.input["security_groups"]?.array?.compactMap { $0["name"]?.text } ?? ["default"]
    return .json(headers: [("Location", call.link("/servers/", id))]) { json in
      json.object("server") { json in
        json.member("id", id)
        json.key("links")
        call.writeLinks("/servers/", id, to: &json)
        json.member("OS-DCF:diskConfig", diskConfig.rawValue)
        json.array("security_groups") { json in
          for group in groups { json.object { json in json.member("name", group) } }
        }
        json.member("adminPass", password)
      }
    }
  }

  private static func insert(
    _ request: BootRequest, name: String, index: Int, _ call: Call, _ db: Connection
  ) throws -> String {
    let (input, world) = (call.input, call.world)
    let id = world.identifiers.uuid()
    let flavor = request.flavor
    let zone = input["availability_zone"]?.text.map { String($0.prefix { $0 != ":" }) }.flatMap {
      $0.isEmpty ? nil : $0
    }
    let properties = Self.kept(request.image?.properties ?? [:])
    let needs = ImageNeeds(kept: request.image, by: flavor.disk)
    let hostname =
      input["hostname"]?.text
      ?? Hostname.of(serverNamed: input["name"]?.text ?? "", id: id, index: index, count: request.names.count)
    try db.execute(
      """
      INSERT INTO servers (uuid, project_id, user_id, display_name, display_description, hostname, vm_state,
        created_at, updated_at, image_ref, image_properties, flavor_id, flavor_name, vcpus, memory_mb, root_gb,
        ephemeral_gb, swap, flavor_extra_specs, key_name, pinned_availability_zone, config_drive, access_ip_v4,
        access_ip_v6, auto_disk_config, metadata, tags, reservation_id, launch_index, user_data, trusted_certs,
        scheduler_hints, server_group, image_min_ram, image_min_disk)
      VALUES (?, ?, ?, ?, ?, ?, 'building', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        ?, ?, ?)
      """,
      id, try call.projectID, try call.caller.user.id, name,
      call.version >= "2.19" ? input["description"]?.text : name,
      hostname,
      call.now.microseconds, call.now.microseconds, request.image?.id, properties.jsonText,
      flavor.id, flavor.name, flavor.vcpus, flavor.ram, flavor.disk, flavor.ephemeral, flavor.swap, flavor.extraSpecs,
      input["key_name"]?.text, zone, input["config_drive"]?.truth ?? false, input["accessIPv4"]?.text ?? "",
      IPv6.shortened(input["accessIPv6"]?.text ?? ""), request.diskConfig.rawValue,
      (input["metadata"] ?? [:]).jsonText, Self.sortedTags(input["tags"]), request.reservationID, index,
      input["user_data"]?.text, input["trusted_image_certificates"].flatMap { $0.isNull ? nil : $0.jsonText },
      BootRequest.hints(call.body).jsonText, request.group?.id, needs.ram, needs.disk)
    try ServerLifecycle.create.begin(id, call, db)
    return id
  }

  /// An image's properties as a server keeps them.
  static func kept(_ properties: [String: String]) -> JSON {
    .object(JSONObject(properties.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
  }

  /// Tags as a sorted JSON array without repetitions.
  static func sortedTags(_ given: JSON?) -> String {
    Set(given?.array?.compactMap(\.text) ?? []).sorted().jsonText
  }
}

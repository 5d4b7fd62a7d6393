import OpenStackAPI
import Persistence

/// What a domain configures for itself instead of what `keystone.conf` says: options in groups. It is kept and shown;
/// as in a Keystone without `domain_specific_drivers_enabled` nothing follows from it.
enum DomainConfig {
  private static let path = "/domains/:domain_id/config"
  private static let compliance = "security_compliance"

  static let routes = defaultRoutes + settingRoutes + complianceRoutes

  private static let defaultRoutes: [Route] = [
    "/domains/config/default", "/domains/config/:group/default", "/domains/config/:group/:option/default",
  ].map { .get($0, "identity:get_domain_config_default", .systemReader, run: defaults) }

  private static let settingRoutes: [Route] =
    [.put(path, "identity:create_domain_config", .keystoneAdmin, body: .unchecked, run: create)]
    + [path, "\(path)/:group", "\(path)/:group/:option"].flatMap { path -> [Route] in
      let read = Route.get(path, "identity:get_domain_config", .systemReader, run: show)
      return [read] + changes(path) { Place($0) }
    }

  private static let complianceRoutes: [Route] = ["\(path)/\(compliance)", "\(path)/\(compliance)/:option"]
    .flatMap { path -> [Route] in
      let read = Route.get(path, "identity:get_security_compliance_domain_config", run: showCompliance)
      return [read] + changes(path) { Place($0, group: compliance) }
    }

  private static func changes(_ path: String, _ place: @escaping @Sendable (Call) -> Place) -> [Route] {
    [
      .patch(path, "identity:update_domain_config", .keystoneAdmin, body: .unchecked) {
        try await update($0, place($0))
      },
      .delete(path, "identity:delete_domain_config", .keystoneAdmin) { try await delete($0, place($0)) },
    ]
  }

  static let tables = """
    CREATE TABLE domain_options (
      number INTEGER PRIMARY KEY,
      domain_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      group_name TEXT NOT NULL,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      UNIQUE (domain_id, group_name, name)
    ) STRICT;
    """

  /// The part of a configuration that a path names: all of it, a group, or one option.
  struct Place: Sendable {
    let domain: String
    let group: String?
    let option: String?

    /// All of a domain's.
    init(all domain: String) { (self.domain, group, option) = (domain, nil, nil) }

    init(_ call: Call, group: String? = nil) {
      domain = call.parameter("domain_id")
      self.group = group ?? Self.value("group", call)
      option = Self.value("option", call)
    }

    private static func value(_ name: String, _ call: Call) -> String? {
      let value = call.parameter(name)
      return value.isEmpty ? nil : value
    }

    func contains(_ setting: Setting) -> Bool {
      (group == nil || group == setting.group) && (option == nil || option == setting.name)
    }

    /// The answer where nothing is set there.
    var missing: Fault {
      let what =
        switch (group, option) {
        case (let group?, let option?): "option \(option) in group \(group)"
        case (let group?, nil): "group \(group)"
        default: "any options"
        }
      return .notFound("Could not find \(what) in domain configuration for domain \(domain).")
    }
  }

  /// An option with its value.
  struct Setting: RowDecodable, Sendable {
    let group: String
    let name: String
    let value: JSON

    init(_ group: String, _ name: String, _ value: JSON) { (self.group, self.name, self.value) = (group, name, value) }

    init(row: inout Row) throws {
      group = try row.next()
      name = try row.next()
      value = JSON(stored: try row.next()) ?? .null
    }

    /// What Python takes for nothing.
    var isFalsy: Bool {
      switch value {
      case .null, .bool(false), .integer(0), .string(""), .array([]): true
      case .object(let object): object.members.isEmpty
      case .number(let number): number == 0
      default: false
      }
    }
  }

  private static func settings(of domain: String, _ db: Connection) throws -> [Setting] {
    try db.query("SELECT group_name, name, value FROM domain_options WHERE domain_id = ? ORDER BY number", domain)
  }
}

extension DomainConfig {
  private static func response(_ settings: [Setting], option: String? = nil, status: Int? = nil) -> Response {
    var config = JSONObject()
    for setting in settings {
      if option != nil {
        config[setting.name] = setting.value
      } else {
        var group = config[setting.group]?.object ?? JSONObject()
        group[setting.name] = setting.value
        config[setting.group] = .object(group)
      }
    }
    return .json(status: status) { $0.member("config", JSON.object(config)) }
  }

  /// What of a domain's configuration may be seen.
  private static func shown(_ place: Place, _ db: Connection) throws -> [Setting] {
    let found = try settings(of: place.domain, db).filter {
      place.contains($0) && DomainOption.isShown($0.name, in: $0.group)
    }
    guard !found.isEmpty else { throw place.missing }
    return found
  }

  @Sendable private static func defaults(_ call: Call) throws -> Response {
    let place = Place(call)
    try DomainOption.refuseUnknown(group: place.group, option: place.option)
    if let group = place.group, let option = place.option, !DomainOption.isShown(option, in: group) {
      throw Fault.invalidDomainConfig("Reading the default for option \(option) in group \(group) is not supported")
    }
    let settings = DomainOption.shown.map { Setting($0.group, $0.name, $0.defaultValue) }
    return response(settings.filter(place.contains), option: place.option)
  }

  @Sendable private static func show(_ call: Call) throws -> Response {
    let place = Place(call)
    try DomainOption.refuseUnknown(group: place.group, option: place.option)
    return response(try call.world.read { try shown(place, $0) }, option: place.option)
  }

  /// What is asked of passwords, for everybody to read.
  @Sendable private static func showCompliance(_ call: Call) throws -> Response {
    let place = Place(call, group: compliance)
    guard place.domain == IdentitySettings.defaultDomain else {
      throw Fault.invalidDomainConfig(
        "Reading security compliance information for any domain other than the default domain is not allowed or "
          + "supported.")
    }
    let rules = call.world.settings.get(default: IdentitySettings()).compliance
    let settings = [
      Setting(compliance, "password_regex", rules.pattern.map { .string($0.pattern) } ?? .null),
      Setting(compliance, "password_regex_description", rules.patternDescription.map(JSON.string) ?? .null),
    ].filter(place.contains)
    guard !settings.isEmpty else {
      throw Fault.invalidDomainConfig(
        "Reading security compliance values other than password_regex and password_regex_description is not allowed.")
    }
    return response(settings, option: place.option)
  }
}

extension DomainConfig {
  /// Replaces all that was there.
  @Sendable private static func create(_ call: Call) async throws -> Response {
    let place = Place(call)
    let config = call.body["config"] ?? .object(JSONObject())
    return try await call.world.write { db in
      _ = try Domain.existing(place.domain, where: Domain.isDomain, db)
      let settings = try checked(config)
      let isNew = try db.execute("DELETE FROM domain_options WHERE domain_id = ?", place.domain) == 0
      try write(settings, place.domain, db)
      let shown = settings.filter { DomainOption.isShown($0.name, in: $0.group) }
      return response(shown, status: isNew ? 201 : 200)
    }
  }

  /// Changes and adds options. A group or an option that the path names must be there already, and alone in the body.
  private static func update(_ call: Call, _ place: Place) async throws -> Response {
    var config = call.body["config"] ?? .object(JSONObject())
    if let group = place.group, place.option != nil { config = .object(JSONObject([(group, config)])) }
    return try await call.world.write { [config] db in
      _ = try Domain.existing(place.domain, where: Domain.isDomain, db)
      let settings = try checked(config)
      try DomainOption.refuseUnknown(group: place.group, option: place.option)
      try refuseOthers(than: place, in: config)
      if place.group != nil, try !self.settings(of: place.domain, db).contains(where: place.contains) {
        throw place.missing
      }
      try write(settings, place.domain, db)
      return response(try shown(Place(all: place.domain), db))
    }
  }

  private static func delete(_ call: Call, _ place: Place) async throws -> Response {
    try await call.world.write { db in
      _ = try Domain.existing(place.domain, where: Domain.isDomain, db)
      try DomainOption.refuseUnknown(group: place.group, option: place.option)
      try refuseUnset(place, db)
      try db.execute(
        "DELETE FROM domain_options WHERE domain_id = ?1 AND ifnull(?2, group_name) = group_name AND ifnull(?3, name) = name",
        place.domain, place.group, place.option)
    }
    return .empty
  }

  private static func refuseUnset(_ place: Place, _ db: Connection) throws {
    guard let group = place.group else { return }
    let current = try settings(of: place.domain, db).filter { $0.group == group }
    guard !current.isEmpty else {
      throw Fault.notFound("Could not find group \(group) in domain configuration for domain \(place.domain).")
    }
    guard place.option == nil || current.contains(where: { place.contains($0) && !$0.isFalsy }) else {
      throw place.missing
    }
  }

  private static func write(_ settings: [Setting], _ domain: String, _ db: Connection) throws {
    for setting in settings {
      try db.execute(
        """
        INSERT INTO domain_options (domain_id, group_name, name, value) VALUES (?, ?, ?, ?)
        ON CONFLICT (domain_id, group_name, name) DO UPDATE SET value = excluded.value
        """, domain, setting.group, setting.name, setting.value.jsonText)
    }
  }

  /// The options of a body, all of which must be in the list.
  private static func checked(_ config: JSON) throws -> [Setting] {
    guard let groups = config.object?.members, !groups.isEmpty else {
      throw Fault.invalidDomainConfig("No options specified")
    }
    return try groups.flatMap { group, options in
      guard let options = options.object?.members, !options.isEmpty else {
        throw Fault.invalidDomainConfig(
          "The value of group \(group) specified in the config should be a dictionary of options")
      }
      return try options.map { name, value in
        try DomainOption.refuseUnknown(group: group, option: name)
        return Setting(group, name, value)
      }
    }
  }

  private static func refuseOthers(than place: Place, in config: JSON) throws {
    guard let group = place.group else { return }
    let groups = config.object?.keys ?? []
    let options = config[group]?.object?.keys ?? []
    if let option = place.option, options.count != 1 {
      throw Fault.invalidDomainConfig(
        "Trying to update option \(option) in group \(group), so that, and only that, option must be specified  in the "
          + "config")
    }
    guard groups.count == 1 else {
      throw Fault.invalidDomainConfig(
        "Trying to update group \(group), so that, and only that, group must be specified in the config")
    }
    guard groups == [group] else {
      throw Fault.invalidDomainConfig(
        "request to update group \(group), but config provided contains group \(groups[0]) instead")
    }
    if let option = place.option, options != [option] {
      throw Fault.invalidDomainConfig(
        "Trying to update option \(option) in group \(group), but config provided contains option \(options[0]) instead"
      )
    }
  }
}

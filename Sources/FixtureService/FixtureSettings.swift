import HTTPServer
import OpenStackAPI

/// What the configuration says of the control interface: its section `fixture`.
struct FixtureSettings: Sendable {
  /// Whether the control interface answers at all.
  var isEnabled = true
  /// What callers from other machines have to show; `nil` keeps them out.
  var secret: String?
  /// What callers may name in `Host` and pages in `Origin` besides this machine's own addresses and names.
  var allowedHosts: [HTTPAuthority] = []
  /// How many worlds there may be.
  var maxWorlds = 1000
  /// How many bytes an imported snapshot may have.
  var maxImportBytes = 16 << 30

  @Sendable static func configure(_ configuration: Configuration, _ settings: inout Settings) throws {
    let section = try configuration.section("fixture")
    var fixture = FixtureSettings()
    fixture.isEnabled = try section.bool("enabled") ?? fixture.isEnabled
    fixture.secret = try section.string("secret")
    if fixture.secret?.isEmpty == true { throw section.mistake("secret", "expected a text that is not empty, or null") }
    fixture.allowedHosts = try hosts(section)
    fixture.maxWorlds = try section.integer("max_worlds", in: 1...1_000_000) ?? fixture.maxWorlds
    fixture.maxImportBytes = try section.integer("max_import_bytes", in: 1...Int.max) ?? fixture.maxImportBytes
    settings.set(fixture)
    var journal = JournalSettings()
    journal.entries = try section.integer("journal_entries", in: 0...1_000_000) ?? journal.entries
    journal.bytes = try section.integer("journal_bytes", in: 1...Int.max) ?? journal.bytes
    journal.bodyBytes = try section.integer("journal_body_bytes", in: 0...1 << 20) ?? journal.bodyBytes
    settings.set(journal)
    var directives = DirectiveSettings()
    directives.isEnabled = try section.bool("metadata") ?? directives.isEnabled
    settings.set(directives)
  }

  private static func hosts(_ section: Configuration) throws -> [HTTPAuthority] {
    try (section.strings("allowed_hosts") ?? []).map { text in
      if let host = HTTPAuthority(text) { return host }
      throw section.mistake(
        "allowed_hosts",
        "expected hosts such as \"cloud.example\" or \"cloud.example:8080\", found \(JSON.string(text).jsonText)")
    }
  }
}

extension World {
  var fixture: FixtureSettings { settings.get(default: FixtureSettings()) }
}

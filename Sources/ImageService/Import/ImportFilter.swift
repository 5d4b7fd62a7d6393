import OpenStackAPI

/// Which addresses images may be fetched from (glance-image-import.conf, `[import_filtering_opts]`).
///
/// What is allowed wins over what is not, as in Glance. Unlike there, no host at all is allowed where nothing is said of
/// hosts, and where only some are disallowed, the others have to be outside: who imports an image must not reach what
/// only this machine can.
struct ImportFilter: Sendable, Equatable {
  var allowedSchemes = ["http"]
  var disallowedSchemes: [String] = []
  var allowedHosts: [String] = []
  var disallowedHosts: [String] = []
  var allowedPorts = [80]
  var disallowedPorts: [Int] = []

  init() {}

  init(_ section: Configuration) throws {
    allowedSchemes = try section.strings("allowed_schemes") ?? allowedSchemes
    disallowedSchemes = try section.strings("disallowed_schemes") ?? disallowedSchemes
    if let other = allowedSchemes.first(where: { $0 != "http" }) {
      throw section.mistake("allowed_schemes", "expected \"http\" alone, as nothing else is spoken; found \"\(other)\"")
    }
    allowedHosts = try Self.hosts("allowed_hosts", section)
    disallowedHosts = try Self.hosts("disallowed_hosts", section)
    allowedPorts = try section.integers("allowed_ports", in: 1...65535) ?? allowedPorts
    disallowedPorts = try section.integers("disallowed_ports", in: 1...65535) ?? disallowedPorts
  }

  private static func hosts(_ key: String, _ section: Configuration) throws -> [String] {
    try (section.strings(key) ?? []).map { $0.lowercased() }
  }

  /// Whether images may be fetched from there.
  func allows(_ address: HTTPAddress) -> Bool {
    address.scheme == "http" && Self.allows(address.scheme, allowedSchemes, disallowedSchemes)
      && (address.port.map { Self.allows($0, allowedPorts, disallowedPorts) } ?? true)
      && (isListed(address)
        || allowedHosts.isEmpty && !disallowedHosts.isEmpty && !disallowedHosts.contains(address.host))
  }

  /// Whether the host is one that the configuration names, wherever it is.
  func isListed(_ address: HTTPAddress) -> Bool { allowedHosts.contains(address.host) }

  /// An address that is allowed, of a URL.
  func address(_ url: String?) -> HTTPAddress? {
    url.flatMap(HTTPAddress.init).flatMap { allows($0) ? $0 : nil }
  }

  private static func allows<T: Equatable>(_ value: T, _ allowed: [T], _ disallowed: [T]) -> Bool {
    allowed.isEmpty ? !disallowed.contains(value) : allowed.contains(value)
  }
}

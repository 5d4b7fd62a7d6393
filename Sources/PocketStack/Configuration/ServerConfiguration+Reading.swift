import HTTPServer
import Logging
import OpenStackAPI

extension ServerConfiguration {
  /// Reads every key there is; whatever is left over is a mistake.
  init(_ file: Configuration, _ services: CloudServices) throws {
    host = try file.string("host") ?? host
    port = try file.integer("port", in: 0...65535) ?? port
    if let directory = try file.string("data") { storage = .directory(directory) }
    listen = try Self.listen(file.section("listen"), services)
    worlds = try Self.worlds(file)
    worldSeed = try file.integer("world_seed", in: 0...Int.max).map { UInt64($0) }
    logLevel = try file.choice("log_level") ?? logLevel
    cloud = CloudSettings(
      release: try file.choice("release") ?? cloud.release, region: try file.string("region") ?? cloud.region,
      pace: try Self.pace(file.section("transitions"), services))
    let http = try file.section("http")
    self.http = try HTTPServerConfiguration(http)
    trustedProxies = try Self.proxies(http)
    settings.set(
      APILimits(
        jsonBodyBytes: try http.integer("max_json_body_bytes", in: 1...1 << 30)
          ?? APILimits().jsonBodyBytes))
    policy = try file.stringMap("policy") ?? [:]
    try services.check(policy, file)
    for service in services.all { try service.configure(file, &settings) }
    try file.refuseUnknownKeys()
  }

  private static func listen(_ section: Configuration, _ services: CloudServices) throws -> [ClassicPort] {
    try services.all.compactMap { service in
      try section.integer(service.type, in: 0...65535).map { ClassicPort(service: service.type, port: $0) }
    }
  }

  private static func proxies(_ section: Configuration) throws -> [IPNetwork] {
    try (section.strings("trusted_proxies") ?? []).map { text in
      if let network = IPNetwork(text) { return network }
      throw section.mistake(
        "trusted_proxies",
        "expected addresses such as \"10.0.0.1\" or \"10.0.0.0/8\", found \(JSON.string(text).jsonText)")
    }
  }

  private static func worlds(_ file: Configuration) throws -> [String] {
    var names: [String] = []
    for name in try file.strings("worlds") ?? [] {
      guard WorldName.isValid(name) else {
        throw file.mistake(
          "worlds", "expected names of \(WorldName.rule), found \(JSON.string(name).jsonText)")
      }
      guard name != WorldName.main, !names.contains(name) else {
        throw file.mistake("worlds", "expected each name once and not \"default\", found \"\(name)\" again")
      }
      names.append(name)
    }
    return names
  }

  private static func pace(_ section: Configuration, _ services: CloudServices) throws -> TransitionPace {
    let kinds = Set(services.all.flatMap { $0.transitions.keys })
    let steps = try section.section("steps")
    var durations: [String: Duration] = [:]
    for step in steps.keys {
      let words = step.split(separator: ".", omittingEmptySubsequences: false)
      guard words.count == 3, kinds.contains(String(words[0])) else {
        let known = kinds.sorted().joined(separator: ", ")
        throw steps.mistake(step, "expected kind.action.step with a kind of: \(known)")
      }
      durations[step] = try steps.duration(step)
    }
    let pace: Pace = try section.choice("pace") ?? .fast
    return TransitionPace(isRealistic: pace == .realistic, overrides: durations)
  }

  private enum Pace: String, CaseIterable { case fast, realistic }
}

extension HTTPServerConfiguration {
  /// Reads the section `http`. `loops` 0 stands for one event loop a core.
  init(_ section: Configuration) throws {
    self.init()
    if let loops = try section.integer("loops", in: 0...1024), loops > 0 { self.loops = loops }
    try Self.read(section, "max_connections", 1...1 << 20, &maxConnections)
    try Self.read(section, "max_header_bytes", 1024...1 << 24, &maxHeaderBytes)
    try Self.read(section, "max_target_bytes", 1024...1 << 24, &maxTargetBytes)
    try Self.read(section, "max_header_fields", 16...65536, &maxHeaderFields)
    try Self.read(section, "max_pipelined_requests", 1...65536, &maxPipelinedRequests)
    try Self.read(section, "max_drained_body_bytes", 0...1 << 30, &maxDrainedBodyBytes)
    try Self.read(section, "gzip_minimum_bytes", 0...1 << 30, &gzipMinimumBytes)
    gzip = try section.bool("gzip") ?? gzip
    idleTimeout = try section.duration("idle_timeout") ?? idleTimeout
    headerTimeout = try section.duration("header_timeout") ?? headerTimeout
    bodyTimeout = try section.duration("body_timeout") ?? bodyTimeout
    writeTimeout = try section.duration("write_timeout") ?? writeTimeout
    drainTimeout = try section.duration("drain_timeout") ?? drainTimeout
    lingerTimeout = try section.duration("linger_timeout") ?? lingerTimeout
  }

  private static func read(
    _ section: Configuration, _ key: String, _ range: ClosedRange<Int>, _ value: inout Int
  ) throws {
    value = try section.integer(key, in: range) ?? value
  }
}

import OpenStackAPI
import Persistence

/// What a server took in a period (Compute API, "Usage reports").
struct TenantUsage: Sendable, RowDecodable {
  let id, name, projectID, flavor: String
  let vmState: VMState
  let memory, disk, vcpus: Int
  let launchedAt: Timestamp
  let terminatedAt: Timestamp?

  static let columns = """
    uuid, display_name, project_id, flavor_name, vm_state, memory_mb, root_gb + ephemeral_gb, vcpus, launched_at, \
    terminated_at
    """

  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    projectID = try row.next()
    flavor = try row.next()
    vmState = try row.next()
    memory = try row.next(in: .counts)
    disk = try row.next(in: .counts)
    vcpus = try row.next(in: .counts)
    launchedAt = try row.next()
    terminatedAt = try row.next()
  }

  /// Reports page through servers by project and id.
  static let migration = "CREATE INDEX servers_by_owner ON servers (project_id, uuid);"

  /// The hours of a period in which the server was there.
  func hours(in period: Period) -> Double {
    let start = max(launchedAt, period.start)
    let stop = terminatedAt.map { min($0, period.stop) } ?? period.stop
    return Double(stop.microseconds - start.microseconds) / 3_600_000_000
  }

  func write(_ period: Period, _ now: Timestamp, to json: inout JSONWriter) {
    json.object { json in
      json.member("hours", hours(in: period))
      json.member("flavor", flavor)
      json.member("instance_id", id)
      json.member("name", name)
      json.member("tenant_id", projectID)
      json.member("memory_mb", memory)
      json.member("local_gb", disk)
      json.member("vcpus", vcpus)
      json.member("started_at", launchedAt.text(.microseconds))
      json.member("ended_at", terminatedAt?.text(.microseconds))
      json.member("state", terminatedAt == nil ? vmState.rawValue : "terminated")
      json.member("uptime", ((terminatedAt ?? now).microseconds - launchedAt.microseconds) / 1_000_000)
    }
  }
}

extension TenantUsage {
  /// From when until when a report is asked for.
  struct Period: Sendable {
    let start, stop: Timestamp

    /// Both ends are now unless the client says otherwise; the future is left out.
    init(_ call: Call) throws {
      start = try Self.moment(call.query["start"]) ?? call.now
      let stop = try Self.moment(call.query["end"]) ?? call.now + .microseconds(10)
      guard start < stop else {
        throw Fault.badRequest("Invalid start time. The start time cannot occur after the end time.")
      }
      self.stop = min(stop, call.now)
    }

    /// `2026-01-01T00:00:00`, with a fraction or not; with a blank for the `T` it must have one.
    private static func moment(_ text: String?) throws -> Timestamp? {
      guard let text, !text.isEmpty else { return nil }
      let bytes = Array(text.utf8)
      let isPlain = bytes.count == 19 || bytes.count > 20 && bytes[19] == UInt8(ascii: ".")
      let isWhole = bytes.count == 19 && bytes[10] == UInt8(ascii: " ")
      let isUniversal = bytes.allSatisfy { ![UInt8(ascii: "Z"), UInt8(ascii: "+")].contains($0) }
      guard isPlain, !isWhole, isUniversal, let moment = Timestamp(iso8601: text) else {
        throw Fault.badRequest("Invalid datetime string: Datetime is in invalid format")
      }
      return moment
    }
  }

  private static let period = [QueryParameter("start"), QueryParameter("end")] + QueryParameter.paging(since: "2.40")

  static let routes: [Route] = [
    .get(
      "/os-simple-tenant-usage", "os_compute_api:os-simple-tenant-usage:list", .admin,
      query: Query(period + [QueryParameter("detailed")], refusesUnknownSince: "2.75"), run: index),
    .get(
      "/os-simple-tenant-usage/:id", "os_compute_api:os-simple-tenant-usage:show", .projectReader, access: .resource,
      query: Query(period, refusesUnknownSince: "2.75"), run: show),
  ]

  /// The servers of a page that were there in the period, by project.
  private static func page(of project: String?, _ period: Period, _ call: Call) throws -> [TenantUsage] {
    var listing = Listing(columns, from: "servers", key: "uuid")
    listing.order = [SortOrder("project_id"), SortOrder("uuid")]
    listing.conditions = [
      Condition("(terminated_at IS NULL OR terminated_at > ?)", period.start.microseconds),
      Condition("launched_at < ?", period.stop.microseconds),
    ]
    if let project { listing.conditions.insert(Condition("project_id = ?", project), at: 0) }
    let page = call.page()
    guard page.limit > 0 else { return [] }
    let found: [TenantUsage]? = try call.world.read { try listing.page($0, after: page.marker, limit: page.limit) }
    guard let found else { throw Fault.badRequest("Marker \(page.marker ?? "") could not be found.") }
    return found
  }

  private static func writeMembers(
    of usages: ArraySlice<TenantUsage>, in project: String, _ period: Period, isDetailed: Bool, _ call: Call,
    to json: inout JSONWriter
  ) {
    func total(_ amount: (TenantUsage) -> Int) -> Double {
      usages.reduce(0.0) { $0 + Double(amount($1)) * $1.hours(in: period) }
    }
    json.member("tenant_id", project)
    if isDetailed {
      json.array("server_usages") { json in for usage in usages { usage.write(period, call.now, to: &json) } }
    }
    json.member("total_local_gb_usage", total(\.disk))
    json.member("total_vcpus_usage", total(\.vcpus))
    json.member("total_memory_mb_usage", total(\.memory))
    json.member("total_hours", total { _ in 1 })
    json.member("start", period.start.text(.microseconds))
    json.member("stop", period.stop.text(.microseconds))
  }

  private static func index(_ call: Call) throws -> Response {
    let period = try Period(call)
    let usages = try page(of: nil, period, call)
    let isDetailed = call.query["detailed"] == "1"
    return .json { json in
      json.array("tenant_usages") { json in
        var rest = usages[...]
        while let project = rest.first?.projectID {
          let own = rest.prefix { $0.projectID == project }
          rest = rest.dropFirst(own.count)
          json.object { json in
            writeMembers(of: own, in: project, period, isDetailed: isDetailed, call, to: &json)
          }
        }
      }
      guard call.version >= "2.40" else { return }
      call.writeNextLink(
        "tenant_usages_links", "/os-simple-tenant-usage", after: usages.map(\.id), limit: call.page().limit, to: &json)
    }
  }

  private static func show(_ call: Call) throws -> Response {
    let project = call.parameter("id")
    try call.authorize(["project_id": project])
    let period = try Period(call)
    let usages = try page(of: project, period, call)
    return .json { json in
      json.object("tenant_usage") { json in
        guard !usages.isEmpty else { return }
        writeMembers(of: usages[...], in: project, period, isDetailed: true, call, to: &json)
      }
      guard call.version >= "2.40" else { return }
      call.writeNextLink(
        "tenant_usage_links", "/os-simple-tenant-usage/" + project, after: usages.map(\.id), limit: call.page().limit,
        to: &json)
    }
  }
}

import OpenStackAPI

/// The NUMA nodes that a flavor and an image give a guest (nova.virt.hardware, `numa_get_constraints`), on a host that has
/// as many nodes, and pages of 4 kB and 2 MB.
struct NUMATopology: Sendable {
  /// One node of the guest.
  struct Cell: Sendable {
    let cpus: [Int]
    /// MiB.
    let memory: Int
    /// Those of the CPUs that have one of the host's to themselves.
    let pinned: [Int]
  }

  let cells: [Cell]
  /// kB; `nil` where nobody asked.
  let pageSize: Int?

  /// More virtual CPUs than any host has are none that nodes could be made of.
  private static let mostCPUs = 4096

  /// What a flavor's extra specs and an image's properties ask for, both JSON objects of strings; `nil` for nothing.
  /// Throws Nova's refusals of what cannot be.
  init?(specs: String, properties: String, cpus: Int, memory: Int) throws {
    let request = Request(specs: JSON(stored: specs) ?? [:], properties: JSON(stored: properties) ?? [:])
    guard cpus <= Self.mostCPUs, request.asksForNodes else { return nil }
    let policy = try request.policy()
    let dedicated = try request.dedicated(cpus, policy)
    let nodes = try request.nodes()
    let pages = try request.pageSize()
    guard nodes != nil || pages != nil || policy == "dedicated" || policy == "mixed" else { return nil }
    cells = try request.cells(nodes ?? 1, cpus, memory, pinned: dedicated)
    pageSize = pages
  }
}

/// What the two sources say of nodes.
private struct Request {
  let specs, properties: JSON

  private func spec(_ name: String) -> String? { text(specs["hw:" + name]) }
  private func property(_ name: String) -> String? { text(properties["hw_" + name]) }
  private func text(_ value: JSON?) -> String? { value?.text.flatMap { $0.isEmpty ? nil : $0 } }

  /// Most flavors and images say nothing of the kind.
  var asksForNodes: Bool {
    ["numa_nodes", "cpu_policy", "mem_page_size", "cpu_dedicated_mask"].contains {
      spec($0) != nil || property($0) != nil
    }
  }

  private static let policies = ["shared", "dedicated", "mixed"]

  func policy() throws -> String? {
    let (flavor, image) = (spec("cpu_policy"), property("cpu_policy"))
    for (source, asked) in [("flavor extra specs", flavor), ("image properties", image)] {
      guard let asked, !Self.policies.contains(asked) else { continue }
      throw Fault.badRequest(
        "CPU policy requested from '\(source)' is invalid, given: '\(asked)', available: "
          + "'('dedicated', 'shared', 'mixed')'.")
    }
    if flavor == "mixed" && image == "dedicated" || flavor == "shared" && image != nil && image != "shared" {
      throw Fault.badRequest(
        "Image property 'hw_cpu_policy' is not permitted to override CPU pinning policy set against the flavor")
    }
    return flavor ?? image
  }

  /// The CPUs that are to have one of the host's each.
  func dedicated(_ cpus: Int, _ policy: String?) throws -> Set<Int> {
    let mask = try spec("cpu_dedicated_mask").map { try masked($0, cpus) }
    guard policy == "mixed" else {
      guard mask == nil else {
        throw Fault.badRequest("Cannot specify 'hw:cpu_dedicated_mask' without the 'mixed' policy.")
      }
      return policy == "dedicated" ? Set(0..<cpus) : []
    }
    guard let mask else {
      throw Fault.badRequest(
        "Dedicated CPU set can be specified from either 'hw:cpu_dedicated_mask' or 'hw:cpu_realtime_mask' when using "
          + "'mixed' CPU policy. 'hw:cpu_dedicated_mask' and 'hw:cpu_realtime_mask' can not be specified at the same "
          + "time, or be specified with none of them.")
    }
    return mask
  }

  /// The CPUs of a mask, of which some are and some are not; one of exclusions begins with all.
  private func masked(_ mask: String, _ cpus: Int) throws -> Set<Int> {
    let isOfExclusions = mask.trimmed.hasPrefix("^")
    let pinned = try CPUSet(isOfExclusions ? "0-\(cpus - 1),\(mask)" : mask, below: cpus)
    guard !pinned.isEmpty, pinned.members.count < cpus else {
      throw Fault.badRequest(
        "Mixed instance must have at least 1 pinned vCPU and 1 unpinned vCPU. See 'hw:cpu_dedicated_mask'.")
    }
    guard pinned.beyond == nil else {
      throw Fault.badRequest(
        "Mixed instance dedicated vCPU(s) mask is not a subset of vCPUs in the flavor. See \"hw:cpu_dedicated_mask\"")
    }
    return pinned.members
  }

  private func overriding(_ name: String) -> Fault {
    .badRequest("Image property '\(name)' is not permitted to override NUMA configuration set against the flavor")
  }

  func nodes() throws -> Int? {
    let (flavor, image) = (spec("numa_nodes"), property("numa_nodes"))
    guard flavor == nil || image == nil else { throw overriding("hw_numa_nodes") }
    guard let text = flavor ?? image else { return nil }
    guard let nodes = Int(text), nodes > 0 else {
      throw Fault.badRequest("The property 'numa_nodes' cannot be '\(text)'. It must be a number greater than 0")
    }
    return nodes
  }

  func pageSize() throws -> Int? {
    let (flavor, image) = (spec("mem_page_size"), property("mem_page_size"))
    func forbidden(_ size: String, _ against: String) -> Fault {
      .badRequest("Page size \(size) forbidden against '\(against)'")
    }
    guard let flavor else {
      if let image { throw forbidden(image, "<empty>") }
      return nil
    }
    let size = try Self.kilobytes(flavor)
    guard let image else { return size }
    guard flavor == "any" || flavor == "large" else { throw forbidden(image, flavor) }
    return try Self.kilobytes(image)
  }

  /// What the host has of the words, and numbers with a unit.
  private static func kilobytes(_ text: String) throws -> Int {
    switch text {
    case "small": return 4
    case "large", "any": return 2048
    default: break
    }
    if let size = Int(text), size >= 0, text.utf8.allSatisfy({ (48...57).contains($0) }) { return size }
    let digits = text.prefix { $0.isNumber }
    let units: [String: Int] = ["K": 1, "M": 1 << 10, "G": 1 << 20]
    let unit = text.dropFirst(digits.count).uppercased()
    guard let number = Int(digits), let prefix = unit.first.map(String.init), let factor = units[prefix],
      ["B", "IB", "BIT"].contains(String(unit.dropFirst())), number <= 1 << 20
    else { throw Fault.badRequest("Invalid memory page size '\(text)'") }
    return unit.hasSuffix("BIT") ? number * factor / 8 : number * factor
  }

  func cells(_ nodes: Int, _ cpus: Int, _ memory: Int, pinned: Set<Int>) throws -> [NUMATopology.Cell] {
    let sets = try mapping("numa_cpus") { try CPUSet($0, below: cpus) }
    let memories = try mapping("numa_mem") { Int($0) ?? 0 }
    func cell(_ set: [Int], _ memory: Int) -> NUMATopology.Cell {
      NUMATopology.Cell(cpus: set.sorted(), memory: memory, pinned: set.filter(pinned.contains).sorted())
    }
    if sets == nil, memories == nil {
      guard cpus % nodes == 0, memory % nodes == 0 else {
        throw Fault.badRequest(
          "Instance CPUs and/or memory cannot be evenly distributed across instance NUMA nodes. Explicit assignment of "
            + "CPUs and memory to nodes is required")
      }
      let each = cpus / nodes
      return (0..<nodes).map { cell(Array($0 * each..<($0 + 1) * each), memory / nodes) }
    }
    guard let sets, let memories, sets.count == nodes, memories.count == nodes else {
      throw Fault.badRequest("CPU and memory allocation must be provided for all NUMA nodes")
    }
    try check(sets, cpus)
    let total = memories.reduce(0) { min($0 &+ $1, Flavor.amounts.upperBound) }
    guard total == memory else {
      throw Fault.badRequest("\(total) MB of memory assigned, but expected \(memory) MB")
    }
    return zip(sets, memories).map { cell(Array($0.members), $1) }
  }

  private func check(_ sets: [CPUSet], _ cpus: Int) throws {
    var free = Set(0..<cpus)
    for set in sets {
      for cpu in set.members.sorted() {
        guard free.remove(cpu) != nil else { throw Fault.badRequest("CPU number \(cpu) is assigned to two nodes") }
      }
      if let beyond = set.beyond {
        throw Fault.badRequest("CPU number \(beyond) is larger than max \(cpus - 1)")
      }
    }
    guard free.isEmpty else {
      let left = free.sorted().map(String.init).joined(separator: ", ")
      throw Fault.badRequest("CPU number {\(left)} is not assigned to any node")
    }
  }

  /// The values of `hw:NAME.0`, `hw:NAME.1` and so on, up to the first that is not there.
  private func mapping<Value>(_ name: String, _ read: (String) throws -> Value) throws -> [Value]? {
    var values: [Value] = []
    while let text = spec("\(name).\(values.count)") { values.append(try read(text)) }
    return values.isEmpty ? nil : values
  }
}

/// Numbers of CPUs as Nova writes them: `0-3,^2,6` (nova.virt.hardware, `parse_cpu_spec`).
private struct CPUSet {
  private(set) var members: Set<Int> = []
  /// One that there is no CPU for.
  private(set) var beyond: Int?

  var isEmpty: Bool { members.isEmpty && beyond == nil }

  init(_ text: String, below count: Int) throws {
    var included: [ClosedRange<Int>] = []
    var excluded: [ClosedRange<Int>] = []
    for rule in text.split(separator: ",").map(\.trimmed) where !rule.isEmpty {
      let isExclusion = rule.hasPrefix("^")
      let range = try Self.range(isExclusion ? String(rule.dropFirst()) : rule, isExclusion: isExclusion, rule)
      if isExclusion { excluded.append(range) } else { included.append(range) }
    }
    for range in included {
      if range.lowerBound < count { members.formUnion(max(0, range.lowerBound)...min(range.upperBound, count - 1)) }
      beyond = beyond ?? Self.first(of: range, from: count, without: excluded)
    }
    members = members.filter { cpu in !excluded.contains { $0.contains(cpu) } }
  }

  /// One number, or two with a dash between them.
  private static func range(_ text: String, isExclusion: Bool, _ rule: String) throws -> ClosedRange<Int> {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
      Int(String($0).trimmed)
    }
    if ends.count > 1 {
      guard let first = ends[0], let last = ends[1], first <= last else {
        throw Fault.badRequest("Invalid range expression \(JSON.quoted(rule))")
      }
      return first...last
    }
    guard let cpu = ends.first ?? nil else {
      throw Fault.badRequest("Invalid \(isExclusion ? "ex" : "in")clusion expression \(JSON.quoted(rule))")
    }
    return cpu...cpu
  }

  private static func first(
    of range: ClosedRange<Int>, from count: Int, without excluded: [ClosedRange<Int>]
  ) -> Int? {
    var cpu = max(range.lowerBound, count)
    while let hole = excluded.first(where: { $0.contains(cpu) }) {
      guard hole.upperBound < range.upperBound else { return nil }
      cpu = hole.upperBound + 1
    }
    return cpu <= range.upperBound ? cpu : nil
  }
}

extension NUMATopology {
  /// The topology of a server, as far as it has one.
  static func of(_ server: Server) throws -> NUMATopology? {
    try NUMATopology(
      specs: server.flavor.extraSpecs, properties: server.imageProperties, cpus: server.flavor.vcpus,
      memory: server.flavor.ram)
  }

  /// Refuses a flavor and an image that contradict each other.
  static func check(_ flavor: Flavor, properties: String) throws {
    _ = try NUMATopology(specs: flavor.extraSpecs, properties: properties, cpus: flavor.vcpus, memory: flavor.ram)
  }

  /// `GET /servers/{id}/topology`; where its nodes are is for those who may know of hosts.
  static func show(_ call: Call) throws -> Response {
    let server = try ServerDetails.server(call)
    let topology = try? NUMATopology.of(server)
    let showsHost = call.isAllowed("compute:server:topology:host:index")
    return .json { json in
      json.array("nodes") { json in
        for (node, cell) in (topology?.cells ?? []).enumerated() {
          json.object { json in
            json.member("vcpu_set", cell.cpus)
            json.array("siblings") { _ in }
            json.member("memory_mb", cell.memory)
            guard showsHost else { return }
            json.member("host_node", node)
            json.object("cpu_pinning") { json in
              for cpu in cell.pinned {
                json.key(String(cpu))
                cpu.write(to: &json)
              }
            }
          }
        }
      }
      json.member("pagesize_kb", topology?.pageSize)
    }
  }
}

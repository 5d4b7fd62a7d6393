import OpenStackAPI

/// What Nova's own name spaces of extra specs may hold; since 2.86 anything else there is refused. Keys outside these
/// name spaces belong to the operator and are never looked at (Nova, "Extra Specs").
enum ExtraSpecValidator {
  /// What a spec's value must be.
  enum Kind {
    case text
    case integer(ClosedRange<Int>)
    case truth
    case words([String])
  }

  static func check(_ key: String, _ value: String) throws {
    guard let colon = key.firstIndex(of: ":") else { return }
    let nameSpace = String(key[..<colon])
    guard knownNameSpaces.contains(nameSpace) else { return }
    guard let kind = known.first(where: { matches(key, $0.pattern) })?.kind else {
      throw Fault.badRequest(
        "Validation failed; extra spec \(JSON.quoted(key)) does not appear to be a valid extra spec.")
    }
    try check(value, kind)
  }

  private static func check(_ value: String, _ kind: Kind) throws {
    switch kind {
    case .text: return
    case .words(let words):
      guard words.contains(value) else {
        throw Fault.badRequest(
          "Validation failed; \(JSON.quoted(value)) is not one of: \(words.joined(separator: ", ")).")
      }
    case .integer(let range):
      guard let number = Int(value) else {
        throw Fault.badRequest("Validation failed; \(JSON.quoted(value)) is not of type: integer.")
      }
      if number < range.lowerBound {
        throw Fault.badRequest(
          "Validation failed; '\(value)' is less than the minimum of \(range.lowerBound).")
      }
      if number > range.upperBound {
        throw Fault.badRequest(
          "Validation failed; '\(value)' is greater than the maximum of \(range.upperBound).")
      }
    case .truth:
      guard JSON.string(value).truth != nil || ["t", "f", "y", "n"].contains(value.lowercased()) else {
        throw Fault.badRequest("Validation failed; \(JSON.quoted(value)) is not of type: boolean.")
      }
    }
  }

  /// `{}` stands for any text without a colon, `{n}` for a number.
  private static func matches(_ key: String, _ pattern: String) -> Bool {
    guard let brace = pattern.firstIndex(of: "{"), let end = pattern.firstIndex(of: "}") else { return key == pattern }
    let suffix = pattern[pattern.index(after: end)...]
    guard key.hasPrefix(pattern[..<brace]), key.hasSuffix(suffix) else { return false }
    let middle = key.dropFirst(pattern[..<brace].count).dropLast(suffix.count)
    return pattern[brace...end] == "{n}"
      ? !middle.isEmpty && middle.allSatisfy { ("0"..."9").contains($0) } : !middle.isEmpty
  }

  static let knownNameSpaces: Set<String> = [
    "accel", "aggregate_instance_extra_specs", "capabilities", "hide_hypervisor_id", "hw", "hw_rng", "hw_video", "os",
    "pci_passthrough", "powervm", "quota", "resources", "trait", "vmware",
  ]

  private static let counts = 0...Int.max

  static let known: [(pattern: String, kind: Kind)] = [
    ("accel:device_profile", .text),
    ("aggregate_instance_extra_specs:{}", .text),
    ("capabilities:{}", .text),
    ("hw:boot_menu", .truth),
    ("hw:cpu_cores", .integer(1...Int.max)),
    ("hw:cpu_dedicated_mask", .text),
    ("hw:cpu_max_cores", .integer(1...Int.max)),
    ("hw:cpu_max_sockets", .integer(1...Int.max)),
    ("hw:cpu_max_threads", .integer(1...Int.max)),
    ("hw:cpu_policy", .words(["dedicated", "shared", "mixed"])),
    ("hw:cpu_realtime", .truth),
    ("hw:cpu_realtime_mask", .text),
    ("hw:cpu_sockets", .integer(1...Int.max)),
    ("hw:cpu_thread_policy", .words(["prefer", "isolate", "require"])),
    ("hw:cpu_threads", .integer(1...Int.max)),
    ("hw:emulator_threads_policy", .words(["isolate", "share"])),
    ("hw:ephemeral_encryption", .truth),
    ("hw:ephemeral_encryption_format", .text),
    ("hw:hide_hypervisor_id", .truth),
    ("hw:locked_memory", .truth),
    ("hw:maxphysaddr_bits", .integer(counts)),
    ("hw:maxphysaddr_mode", .words(["emulate", "passthrough"])),
    ("hw:mem_encryption", .truth),
    ("hw:mem_encryption_model", .text),
    ("hw:mem_page_size", .text),
    ("hw:numa_cpus.{n}", .text),
    ("hw:numa_mem.{n}", .integer(1...Int.max)),
    ("hw:numa_nodes", .integer(1...Int.max)),
    ("hw:pci_numa_affinity_policy", .words(["required", "preferred", "legacy", "socket"])),
    ("hw:pmem", .text),
    ("hw:pmu", .truth),
    ("hw:sound_model", .text),
    ("hw:tpm_model", .words(["tpm-tis", "tpm-crb"])),
    ("hw:tpm_secret_security", .words(["user", "host", "deployment"])),
    ("hw:tpm_version", .words(["1.2", "2.0"])),
    ("hw:usb_model", .text),
    ("hw:vif_multiqueue_enabled", .truth),
    ("hw:viommu_model", .words(["intel", "smmuv3", "virtio", "auto"])),
    ("hw:virtio_packed_ring", .truth),
    ("hw:watchdog_action", .words(["none", "pause", "poweroff", "reset", "disabled"])),
    ("hw:redirected_usb_ports", .integer(0...15)),
    ("hw_rng:allowed", .truth),
    ("hw_rng:rate_bytes", .integer(counts)),
    ("hw_rng:rate_period", .integer(counts)),
    ("hw_video:ram_max_mb", .integer(counts)),
    ("os:secure_boot", .words(["optional", "required", "disabled"])),
    ("os:vga_model", .text),
    ("os:monitors", .integer(1...4)),
    ("os:resolution", .text),
    ("pci_passthrough:alias", .text),
    ("quota:cpu_period", .integer(counts)),
    ("quota:cpu_quota", .integer(-1...Int.max)),
    ("quota:cpu_shares", .integer(0...262_144)),
    ("quota:disk_read_bytes_sec", .integer(counts)),
    ("quota:disk_read_iops_sec", .integer(counts)),
    ("quota:disk_total_bytes_sec", .integer(counts)),
    ("quota:disk_total_iops_sec", .integer(counts)),
    ("quota:disk_write_bytes_sec", .integer(counts)),
    ("quota:disk_write_iops_sec", .integer(counts)),
    ("quota:{}", .text),
    ("resources{n}:{}", .text),
    ("resources:{}", .integer(counts)),
    ("trait:{}", .words(["required", "forbidden"])),
    ("vmware:hw_version", .text),
    ("vmware:storage_policy", .text),
    ("vmware:tpm_version", .text),
  ]
}

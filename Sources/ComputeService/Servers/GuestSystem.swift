import OpenStackAPI

/// The system inside an image, as far as the image's properties tell (Glance's metadata definitions, "Common Operating
/// System Properties"): what its console says while it boots.
struct GuestSystem: Sendable {
  /// What a system calls itself.
  private struct Kind {
    let name, user, kernel: String
    /// Whether cloud-init sets it up.
    var hasCloudInit = true
  }

  /// By `os_distro`, the words of libosinfo.
  private static let kinds: [String: Kind] = [
    "cirros": Kind(
      name: "CirrOS", user: "cirros", kernel: "5.15.0-117-generic (buildd@lcy02-amd64-037) #127-Ubuntu SMP",
      hasCloudInit: false),
    "ubuntu": Kind(
      name: "Ubuntu", user: "ubuntu", kernel: "5.15.0-117-generic (buildd@lcy02-amd64-037) #127-Ubuntu SMP"),
    "debian": Kind(
      name: "Debian GNU/Linux", user: "debian", kernel: "6.1.0-18-cloud-amd64 (debian-kernel@lists.debian.org) SMP"),
    "fedora": Kind(
      name: "Fedora Linux", user: "fedora", kernel: "6.8.5-301.fc40.x86_64 (mockbuild@fedoraproject.org) SMP"),
    "centos": Kind(
      name: "CentOS", user: "centos", kernel: "5.14.0-437.el9.x86_64 (mockbuild@kbuilder.dev.centos.org) SMP"),
    "rocky": Kind(name: "Rocky Linux", user: "rocky", kernel: "5.14.0-427.el9.x86_64 (mockbuild@rockylinux.org) SMP"),
    "almalinux": Kind(
      name: "AlmaLinux", user: "almalinux", kernel: "5.14.0-427.el9.x86_64 (mockbuild@almalinux.org) SMP"),
    "rhel": Kind(
      name: "Red Hat Enterprise Linux", user: "cloud-user", kernel: "5.14.0-427.el9.x86_64 (mockbuild@redhat.com) SMP"),
    "opensuse": Kind(name: "openSUSE Leap", user: "opensuse", kernel: "6.4.0-150600.21-default (geeko@buildhost) SMP"),
    "sled": Kind(
      name: "SUSE Linux Enterprise Desktop", user: "sles", kernel: "6.4.0-150600.21-default (geeko@buildhost) SMP"),
    "sles": Kind(
      name: "SUSE Linux Enterprise Server", user: "sles", kernel: "6.4.0-150600.21-default (geeko@buildhost) SMP"),
    "arch": Kind(name: "Arch Linux", user: "arch", kernel: "6.8.7-arch1-1 (linux@archlinux) SMP PREEMPT_DYNAMIC"),
  ]

  private let kind: Kind?
  private let version: String?
  private let isSilent: Bool
  /// Who logs in; `nil` where nobody can tell.
  let user: String?

  /// Reads an image's properties, a JSON object.
  init(properties text: String) {
    let properties = JSON(stored: text)
    func property(_ name: String) -> String? { properties?[name]?.text.flatMap { $0.isEmpty ? nil : $0 } }
    let distro = property("os_distro")?.lowercased()
    kind = distro.flatMap { Self.kinds[$0] }
    version = property("os_version")
    user = property("os_admin_user") ?? kind?.user
    isSilent = distro == "windows" || property("os_type")?.lowercased() == "windows"
  }

  /// Whether it writes to a serial line at all.
  var speaks: Bool { !isSilent }

  var hasCloudInit: Bool { kind?.hasCloudInit == true }

  /// Whether its password is known to all.
  var isCirrOS: Bool { kind?.name == "CirrOS" && user == "cirros" }

  /// The kernel's first line, as far as it is known.
  var kernel: String { "Linux version" + (kind.map { " " + $0.kernel } ?? "") }

  /// The line above the login: `Ubuntu 16.04 web ttyS0`.
  func issue(_ host: String) -> String? {
    kind.map { ([$0.name] + (version.map { [$0] } ?? []) + [host, "ttyS0"]).joined(separator: " ") }
  }
}

import OpenStackAPI
import Persistence

/// What a server's serial console has printed since it was launched (Compute API, "Show Console Output").
enum ConsoleLog {
  /// A line and the moment after the launch at which it appears.
  private struct Line {
    let after: Duration
    let text: String
  }

  static func show(_ call: Call) throws -> Response {
    let server = try call.world.read { try Server.find(call.parameter("id"), call, $0) }
    guard server.host != nil, let launched = server.launchedAt else {
      throw Fault.conflict("Instance \(server.id) is not ready", reason: .state)
    }
    let age = call.now - launched
    let isRealistic = call.world.cloud.pace.isRealistic
    let all: [Line] = try call.world.read { db in try lines(of: server, db) }
    let output = tail(
      all.filter { !isRealistic || $0.after <= age }.map(\.text), length: call.input["length"]?.wholeNumber)
    return .json { json in json.member("output", output) }
  }

  /// The last `length` lines; all without one, or for -1. The log ends with a line feed, and what Nova counts are the
  /// pieces between line feeds, so that the last of them is empty.
  private static func tail(_ lines: [String], length: Int?) -> String {
    let pieces = lines + [""]
    guard let length, length >= 0 else { return pieces.joined(separator: "\n") }
    return pieces.suffix(length).joined(separator: "\n")
  }

  private static func lines(of server: Server, _ db: Connection) throws -> [Line] {
    let guest = GuestSystem(properties: server.imageProperties)
    guard guest.speaks else { return [] }
    let setup = guest.hasCloudInit ? try cloudInit(guest, server, db) : guest.isCirrOS ? cirros(server) : []
    return boot(guest, server) + setup + login(guest, server)
  }

  private static func publicKey(of server: Server, _ db: Connection) throws -> Keypair? {
    guard let name = server.keyName else { return nil }
    return try db.first(
      "SELECT \(Keypair.columns) FROM keypairs WHERE user_id = ? AND name = ?", server.userID, name)
  }

  private static func boot(_ guest: GuestSystem, _ server: Server) -> [Line] {
    let kernel: [(Int, String)] = [
      (0, guest.kernel),
      (0, "Command line: ro console=tty1 console=ttyS0"),
      (0, "KERNEL supported cpus:"),
      (0, "BIOS-provided physical RAM map:"),
      (10, "DMI: OpenStack Foundation OpenStack Nova, BIOS 1.16.0"),
      (11, "Hypervisor detected: KVM"),
      (90, "Memory: \(max(server.flavor.ram * 1024 - 21_504, 0))K/\(server.flavor.ram * 1024)K available"),
      (140, "smpboot: Total of \(server.flavor.vcpus) processors activated"),
      (520, "virtio_blk virtio1: [vda] \(max(server.flavor.disk, 1) << 21) 512-byte logical blocks"),
      (810, "EXT4-fs (vda1): mounted filesystem with ordered data mode"),
    ]
    return kernel.map { Line(after: .milliseconds($0.0), text: "[    \(stamp($0.0))] \($0.1)") }
  }

  private static func stamp(_ milliseconds: Int) -> String {
    let micros = String(milliseconds % 1000 * 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 6 - micros.count) + micros
  }

  /// What CirrOS says instead of cloud-init.
  private static func cirros(_ server: Server) -> [Line] {
    let source = server.hasConfigDrive ? "configdrive, local" : "ec2, net"
    return [
      Line(after: .milliseconds(1500), text: "info: initramfs: up at 1.50"),
      Line(after: .milliseconds(3000), text: "Starting network: OK"),
      Line(after: .milliseconds(4000), text: "Starting dropbear sshd: OK"),
      Line(after: .milliseconds(4500), text: "found datasource (\(source))"),
      Line(after: .milliseconds(5000), text: "instance-id: \(server.id)"),
      Line(after: .milliseconds(5000), text: "name: \(server.hostname)"),
    ]
  }

  private static func cloudInit(_ guest: GuestSystem, _ server: Server, _ db: Connection) throws -> [Line] {
    let source =
      server.hasConfigDrive
      ? "DataSourceConfigDrive [net,ver=2][source=/dev/sr0]" : "DataSourceOpenStack [net,ver=2]"
    var lines = [
      Line(after: .milliseconds(3000), text: "cloud-init: running 'init-local'. Up 3.00 seconds"),
      Line(after: .milliseconds(4500), text: "cloud-init: instance-id \(server.id), local-hostname \(server.hostname)"),
      Line(after: .milliseconds(5000), text: "cloud-init: setting hostname to \(server.hostname)"),
    ]
    if let key = try publicKey(of: server, db), let user = guest.user {
      lines += [
        "ci-info: ++++++++Authorized keys from /home/\(user)/.ssh/authorized_keys for user \(user)++++++++",
        "ci-info: | \(key.type) | \(key.fingerprint) | \(key.name) |",
      ].map { Line(after: .milliseconds(5200), text: $0) }
    }
    return lines + [Line(after: .seconds(6), text: "cloud-init: finished. Datasource \(source). Up 6.00 seconds")]
  }

  private static func login(_ guest: GuestSystem, _ server: Server) -> [Line] {
    var lines = guest.issue(server.hostname).map { ["", $0] } ?? [""]
    if guest.isCirrOS { lines = ["", "login as 'cirros' user. default password: 'gocubsgo'. use 'sudo' for root."] }
    return (lines + ["\(server.hostname) login: "]).map { Line(after: .seconds(6), text: $0) }
  }
}

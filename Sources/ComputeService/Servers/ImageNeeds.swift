import OpenStackAPI
import Persistence

/// What an image needs of the flavor of a server (nova.compute.api, `_validate_flavor_image_nostatus`).
struct ImageNeeds: Sendable, RowDecodable {
  /// MiB.
  let ram: Int
  /// GiB.
  let disk: Int
  /// Bytes; 0 where they do not matter.
  let size: Int

  init(_ image: ImageSummary) { (ram, disk, size) = (image.minRAM, image.minDisk, image.size ?? 0) }

  /// What Nova keeps of a server's image: a server's disk never shrinks below that of the flavor that the image was
  /// laid out for (nova.utils, `get_system_metadata_from_image`).
  init(kept image: ImageSummary?, by disk: Int) {
    let least = image?.minDisk ?? 0
    (ram, size) = (image?.minRAM ?? 0, 0)
    self.disk = image?.diskFormat == "vhd" ? disk : max(least, disk)
  }

  /// Of the columns `image_min_ram` and `image_min_disk`.
  init(row: inout Row) throws {
    ram = try row.next(in: Flavor.amounts)
    disk = try row.next(in: Flavor.amounts)
    size = 0
  }

  static let migration = """
    ALTER TABLE servers ADD COLUMN image_min_ram INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE servers ADD COLUMN image_min_disk INTEGER NOT NULL DEFAULT 0;
    """

  /// What the image of a server needs.
  static func kept(by server: Server, _ db: Connection) throws -> ImageNeeds? {
    try db.first("SELECT image_min_ram, image_min_disk FROM servers WHERE id = ?", server.row)
  }

  /// Keeps what the image of a server needs.
  func keep(in server: Int, _ db: Connection) throws {
    try db.execute("UPDATE servers SET image_min_ram = ?, image_min_disk = ? WHERE id = ?", ram, disk, server)
  }

  /// Refuses a flavor of so many MiB of memory and GiB of disk that has no room for the image.
  func check(ram: Int, disk: Int, _ call: Call) throws {
    guard ram >= self.ram else {
      throw Fault.badRequest("Flavor's memory is too small for requested image.", reason: .lookup)
    }
    guard disk > 0 else { return try Self.refuseWithoutDisk(call) }
    let bytes = disk << 30
    guard size <= bytes else {
      throw Fault.badRequest(
        "Flavor's disk is too small for requested image. Flavor disk is \(bytes) bytes, image is \(size) bytes.")
    }
    guard disk >= self.disk else {
      throw Fault.badRequest(
        "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is \(bytes) bytes, "
          + "minimum size is \(self.disk << 30) bytes.")
    }
  }

  /// A server without a disk of its own takes as much of the host's as its image has.
  private static func refuseWithoutDisk(_ call: Call) throws {
    guard call.world.holds(.zeroDiskFlavorsNeedVolumes), !call.isAllowed(zeroDiskRule) else { return }
    throw Fault.forbidden("Only volume-backed servers are allowed for flavors with zero disk.")
  }

  static let zeroDiskRule = "os_compute_api:servers:create:zero_disk_flavor"
}

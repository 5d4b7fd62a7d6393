import OpenStackAPI
import Persistence

extension Image: RowDecodable {
  static let columns = """
    id, name, status, visibility, owner, disk_format, container_format, size, virtual_size, checksum, os_hash_algo, \
    os_hash_value, min_disk, min_ram, protected, os_hidden, created_at, updated_at, blob
    """

  /// Reads a row of `columns`; properties, tags and locations come from their own tables.
  init(row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    status = try row.next()
    visibility = try row.next()
    owner = try row.next()
    diskFormat = try row.next()
    containerFormat = try row.next()
    size = try row.next(in: .counts)
    virtualSize = try row.next(in: 0...Int.max)
    checksum = try row.next()
    hashAlgorithm = try row.next()
    hashValue = try row.next()
    minDisk = try row.next(in: ImageAttribute.minima)
    minRAM = try row.next(in: ImageAttribute.minima)
    isProtected = try row.next()
    isHidden = try row.next()
    createdAt = try row.next()
    updatedAt = try row.next()
    staged = try row.next()
  }

  /// An image with all that belongs to it, whoever may see it.
  static func find(_ id: String, _ db: Connection) throws -> Image? {
    guard let image: Image = try db.first("SELECT \(columns) FROM images WHERE id = ?", id) else { return nil }
    return try complete([image], db).first
  }

  /// Adds properties, tags and locations to images that came from their table alone: three statements for a whole page.
  static func complete(_ images: [Image], _ db: Connection) throws -> [Image] {
    guard !images.isEmpty else { return [] }
    var images = images
    let ids = images.map(\.id).jsonText
    let places = Dictionary(images.enumerated().map { ($1.id, $0) }) { first, _ in first }
    try db.forEachRow(
      """
      SELECT image_id, name, value FROM image_properties
      WHERE image_id IN (SELECT value FROM json_each(?)) ORDER BY image_id, id
      """, ids
    ) { row in
      let property = try (image: row.next(String.self), name: row.next(String.self), value: row.next(String.self))
      guard let place = places[property.image] else { return }
      images[place].properties.append(ImageProperty(name: property.name, value: property.value))
    }
    try db.forEachRow(
      "SELECT image_id, value FROM image_tags WHERE image_id IN (SELECT value FROM json_each(?)) ORDER BY image_id, id",
      ids
    ) { row in
      let tag = try (image: row.next(String.self), value: row.next(String.self))
      if let place = places[tag.image] { images[place].tags.append(tag.value) }
    }
    try db.forEachRow(
      """
      SELECT image_id, \(ImageLocation.columns) FROM image_locations
      WHERE image_id IN (SELECT value FROM json_each(?)) ORDER BY image_id, id
      """, ids
    ) { row in
      let image: String = try row.next()
      if let place = places[image] { images[place].locations.append(try ImageLocation(row: &row)) }
    }
    return images
  }
}

extension Image {
  private var values: [any Bindable] {
    [
      name, status, visibility, owner, diskFormat, containerFormat, size, virtualSize, checksum, hashAlgorithm,
      hashValue, minDisk, minRAM, isProtected, isHidden, createdAt.microseconds, updatedAt.microseconds, staged,
    ]
  }

  /// Adds a new image.
  func insert(_ db: Connection) throws {
    let taken = Fault.conflict("Image ID \(id) already exists!")
    if try db.exists("SELECT 1 FROM deleted_images WHERE id = ?", id) { throw taken }
    do {
      try db.execute(
        "INSERT INTO images (\(Self.columns)) VALUES (?\(String(repeating: ", ?", count: values.count)))",
        [id] + values)
    } catch DatabaseError.constraint(.primaryKey, _) {
      throw taken
    }
    try insertDetails(db)
  }

  private static let assignments =
    columns.split(separator: ", ").dropFirst().map { $0 + " = ?" }.joined(separator: ", ")

  /// Writes a changed image back, and when it changed.
  mutating func save(_ db: Connection, at moment: Timestamp) throws {
    updatedAt = moment
    try db.execute("UPDATE images SET \(Self.assignments) WHERE id = ?", values + [id])
    try db.execute("DELETE FROM image_properties WHERE image_id = ?", id)
    try db.execute("DELETE FROM image_tags WHERE image_id = ?", id)
    try db.execute("DELETE FROM image_locations WHERE image_id = ?", id)
    try insertDetails(db)
  }

  private func insertDetails(_ db: Connection) throws {
    for property in properties {
      try db.execute(
        "INSERT INTO image_properties (image_id, name, value) VALUES (?, ?, ?)", id, property.name, property.value)
    }
    for tag in tags { try db.execute("INSERT INTO image_tags (image_id, value) VALUES (?, ?)", id, tag) }
    for location in locations { try location.insert(id, db) }
  }
}

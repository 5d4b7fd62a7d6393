import OpenStackAPI
import Persistence

/// One place where an image's bytes are: a blob of this world, or an address elsewhere.
struct ImageLocation: Sendable, Equatable {
  /// The bytes, where they are ours.
  var blob: BlobID?
  /// The address, where they are not.
  var address: String?
  /// What was said of the place; `store` names its store.
  var metadata: JSONObject

  /// A place in one of our stores.
  init(_ blob: BlobID, in store: String) {
    self.blob = blob
    metadata = JSONObject([("store", .string(store))])
  }

  /// A place elsewhere.
  init(address: String, metadata: JSONObject) { (self.address, self.metadata) = (address, metadata) }

  /// The store that it is in.
  var store: String? { metadata["store"]?.text }

  /// The place as a URL.
  func url(_ world: World) -> String { blob.map { "file://" + world.blobs.path($0) } ?? address ?? "" }
}

extension ImageLocation: RowDecodable {
  static let columns = "blob, address, metadata"

  init(row: inout Row) throws {
    blob = try row.next()
    address = try row.next()
    metadata = try JSON(parsing: Array(row.next(String.self).utf8)).object ?? JSONObject()
  }

  /// Adds it to an image, after those that are there.
  func insert(_ image: String, _ db: Connection) throws {
    try db.execute(
      "INSERT INTO image_locations (image_id, \(Self.columns)) VALUES (?, ?, ?, ?)", image, blob, address,
      JSON.object(metadata).jsonText)
  }
}

extension Image {
  /// The blob that downloads are read from.
  func blob(_ world: World) -> BlobID? {
    world.imageStores.ranked(locations).first { $0.blob != nil }?.blob
  }

  /// The stores that hold the image, best first, with commas between them.
  func storeNames(_ world: World) -> String? {
    let names = world.imageStores.ranked(locations).compactMap(\.store)
    return names.isEmpty ? nil : names.joined(separator: ",")
  }
}

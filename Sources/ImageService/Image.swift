import OpenStackAPI
import Persistence

/// A disk image: what Glance knows about it. Its bytes are in stores, as many copies as it has locations.
struct Image: Sendable {
  let id: String
  var name: String?
  var status: ImageStatus
  var visibility: ImageVisibility
  /// The project it belongs to; an image without one can only be changed by administrators.
  var owner: String?
  var diskFormat: String?
  var containerFormat: String?
  /// Bytes; `nil` before there are any.
  var size: Int?
  /// Bytes of the disk inside; `nil` where its format does not say.
  var virtualSize: Int?
  /// The MD5 digest in hexadecimal.
  var checksum: String?
  var hashAlgorithm: String?
  var hashValue: String?
  /// Disk in GB that a server needs at least.
  var minDisk: Int
  /// Memory in MB that a server needs at least.
  var minRAM: Int
  var isProtected: Bool
  var isHidden: Bool
  let createdAt: Timestamp
  var updatedAt: Timestamp
  /// Bytes that are in no store yet: those of a snapshot in the making, or staged for an import.
  var staged: BlobID?
  /// Where its bytes are.
  var locations: [ImageLocation] = []
  /// What the client added, in the order it did.
  var properties: [ImageProperty] = []
  var tags: [String] = []
}

/// Who sees an image (Image API v2.5, "visibility").
enum ImageVisibility: String, Sendable, Bindable, ColumnDecodable {
  case `public`, `private`, shared, community
}

/// A custom property.
struct ImageProperty: Sendable, Equatable {
  let name: String
  var value: String
}

extension Image {
  /// The value of a custom property.
  subscript(property name: String) -> String? {
    get { properties.first { $0.name == name }?.value }
    set {
      let place = properties.firstIndex { $0.name == name }
      switch (place, newValue) {
      case (let place?, let value?): properties[place].value = value
      case (let place?, nil): properties.remove(at: place)
      case (nil, let value?): properties.append(ImageProperty(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The attributes that every image has, after its custom properties.
  static let view = View<Image>([
    Field("name", \.name),
    Field("disk_format", \.diskFormat),
    Field("container_format", \.containerFormat),
    Field("visibility", \.visibility.rawValue),
    Field("size", \.size),
    Field("virtual_size", \.virtualSize),
    Field("status", \.status.rawValue),
    Field("checksum", \.checksum),
    Field("protected", \.isProtected),
    Field("min_ram", \.minRAM),
    Field("min_disk", \.minDisk),
    Field("owner", \.owner),
    Field("os_hidden", \.isHidden),
    Field("os_hash_algo", \.hashAlgorithm),
    Field("os_hash_value", \.hashValue),
    Field("id", \.id),
    Field("created_at", { $0.createdAt.text(.seconds) }),
    Field("updated_at", { $0.updatedAt.text(.seconds) }),
    Field(optional: "locations") { image, call, json in
      guard call.world.imports.showsLocations else { return }
      json.array("locations") { json in
        for location in call.world.imageStores.ranked(image.locations) { json.value(location.json(call.world)) }
      }
    },
    Field(optional: "direct_url") { image, call, json in
      guard call.world.imports.showsDirectURL else { return }
      if let best = call.world.imageStores.ranked(image.locations).first {
        json.member("direct_url", best.url(call.world))
      }
    },
    Field("tags", \.tags),
    Field("self", \.path),
    Field("file", { $0.path + "/file" }),
    Field("schema", { _ in "/v2/schemas/image" }),
    Field(optional: "stores") { image, call, json in
      if let stores = image.storeNames(call.world) { json.member("stores", stores) }
    },
  ])

  /// Links are paths, without the address and the mount, whatever the client used.
  var path: String { "/v2/images/" + id }

  /// Writes the members of an image into an object that is already open.
  func writeMembers(_ fields: Projection<Image>, to json: inout JSONWriter) {
    for property in properties {
      json.key(property.name)
      json.string(property.value)
    }
    fields.writeMembers(of: self, to: &json)
  }

  /// The answer that shows one image.
  func response(_ call: Call, status: Int? = nil) -> Response {
    .json(status: status) { json in writeMembers(Self.view.projection(for: call), to: &json) }
  }
}

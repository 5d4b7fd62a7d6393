import OpenStackAPI

/// What a client says of a new image, checked: the body of `POST /v2/images`, or an entry of `seed.images`.
struct ImageDraft: Sendable {
  private(set) var id: String?
  private(set) var name: String?
  private(set) var visibility: ImageVisibility?
  /// `nil` where the client says nothing; an image may also be without an owner on purpose.
  private(set) var owner: String??
  private(set) var diskFormat: String?
  private(set) var containerFormat: String?
  private(set) var minDisk = 0
  private(set) var minRAM = 0
  private(set) var isProtected = false
  private(set) var isHidden = false
  private(set) var properties: [ImageProperty] = []
  private(set) var tags: [String] = []

  /// Checks a body in Glance's order: what nobody may set, the schema, what only Glance sets, the custom properties.
  init(_ body: JSON) throws(Fault) {
    guard !body.isNull else { throw .badRequest("Body expected in request.") }
    guard let object = body.object else { throw .badRequest("Unexpected body type. Expected list/dict.") }
    if let name = object.keys.first(where: ImageAttribute.isGenerated) { throw ImageAttribute.readOnly(name) }
    try ImageSchemas.image.validate(body)
    if let name = object.keys.first(where: ImageAttribute.isReadOnly) { throw ImageAttribute.readOnly(name) }
    for (name, value) in object.members {
      try take(name, value)
      try ImageAttribute.refuseWide(name, value.text)
    }
    try ImageLimits.refuseProperties(properties.count)
    try ImageLimits.refuseTags(tags.count)
  }

  private mutating func take(_ name: String, _ value: JSON) throws(Fault) {
    switch name {
    case "id": id = value.text
    case "name": self.name = value.text
    case "visibility": visibility = value.text.flatMap(ImageVisibility.init)
    case "owner": owner = .some(value.text)
    case "disk_format": diskFormat = value.text
    case "container_format": containerFormat = value.text
    case "min_disk": minDisk = try ImageAttribute.minimum(name, value)
    case "min_ram": minRAM = try ImageAttribute.minimum(name, value)
    case "protected": isProtected = value.bool ?? false
    case "os_hidden": isHidden = value.bool ?? false
    case "tags": tags = ImageAttribute.tags(value)
    case _ where ImageAttribute.isIgnored(name): break
    default:
      try ImageAttribute.refuseReserved(name)
      properties.append(ImageProperty(name: name, value: value.text ?? ""))
    }
  }

  /// The image, still without bytes.
  func image(id fallback: String, owner: String?, at moment: Timestamp) -> Image {
    Image(
      id: id ?? fallback, name: name, status: .queued, visibility: visibility ?? .shared, owner: owner,
      diskFormat: diskFormat, containerFormat: containerFormat, minDisk: minDisk, minRAM: minRAM,
      isProtected: isProtected, isHidden: isHidden, createdAt: moment, updatedAt: moment, properties: properties,
      tags: tags)
  }
}

import HTTPServer
import OpenStackAPI

extension Image {
  @Sendable static func update(_ call: Call) async throws -> Response {
    let changes = try await ImageChange.list(call: call)
    let sizes = await sizes(changes, call.world)
    let image = try await call.world.write { db in
      var image = try call.visibleImage(db)
      let before = image.locations
      for change in changes { try image.apply(change, sizes, call) }
      if !changes.isEmpty { try image.save(db, at: call.now) }
      for blob in before.compactMap(\.blob) where !image.locations.contains(where: { $0.blob == blob }) {
        try ImageBlob.release(blob, db, call.world)
      }
      return image
    }
    return image.response(call)
  }

  /// Carries out one step, if the caller may.
  private mutating func apply(_ change: ImageChange, _ sizes: [String: Int], _ call: Call) throws {
    guard change.name != "locations" else { return try changeLocations(change, sizes, call) }
    if change.operation == .replace, change.name == "owner", try !call.caller.isAdmin {
      throw Fault.forbidden("Owner can't be updated by non admin.").asDetail()
    }
    try authorize(change, call)
    switch change.operation {
    case .add: try add(change)
    case .replace: try replace(change)
    case .remove: try remove(change.name)
    }
  }

  private func authorize(_ change: ImageChange, _ call: Call) throws {
    if change.name == "visibility", let visibility = change.value.text.flatMap(ImageVisibility.init) {
      try call.authorize(visibility: visibility, target(for: call.caller))
    }
    try call.authorize(self)
  }

  private mutating func add(_ change: ImageChange) throws(Fault) {
    let exists = Self.attributes.contains(change.name) || self[property: change.name] != nil
    if change.dialect == .v20, exists { throw Fault.conflict("Property \(change.name) already present.").asDetail() }
    try set(change.name, change.value)
    try ImageLimits.refuseProperties(properties.count)
  }

  private mutating func replace(_ change: ImageChange) throws(Fault) {
    guard Self.attributes.contains(change.name) || self[property: change.name] != nil else {
      throw Fault.conflict("Property \(change.name) does not exist.").asDetail()
    }
    try set(change.name, change.value)
  }

  private mutating func remove(_ name: String) throws(Fault) {
    guard !Self.attributes.contains(name) else {
      throw Fault.forbidden("Property \(name) may not be removed.", reason: .schema).asDetail()
    }
    guard self[property: name] != nil else { throw Fault.conflict("Property \(name) does not exist.").asDetail() }
    self[property: name] = nil
  }

  /// The members that are not custom properties and may change.
  private static let attributes: Set = [
    "name", "visibility", "owner", "disk_format", "container_format", "min_disk", "min_ram", "protected", "os_hidden",
    "tags",
  ]

  private mutating func set(_ name: String, _ value: JSON) throws(Fault) {
    try ImageAttribute.refuseWide(name, value.text)
    switch name {
    case "name": self.name = value.text
    case "visibility": visibility = value.text.flatMap(ImageVisibility.init) ?? visibility
    case "owner": owner = value.text
    case "disk_format": diskFormat = try changedFormat(name, value)
    case "container_format": containerFormat = try changedFormat(name, value)
    case "min_disk": minDisk = try ImageAttribute.minimum(name, value)
    case "min_ram": minRAM = try ImageAttribute.minimum(name, value)
    case "protected": isProtected = value.bool ?? isProtected
    case "os_hidden": isHidden = value.bool ?? isHidden
    case "tags":
      tags = ImageAttribute.tags(value)
      try ImageLimits.refuseTags(tags.count)
    default:
      try ImageAttribute.refuseReserved(name)
      self[property: name] = value.text
    }
  }

  /// What bytes are there already cannot become something else.
  private func changedFormat(_ name: String, _ value: JSON) throws(Fault) -> String? {
    guard status == .queued || status == .importing else {
      throw .forbidden("Attribute \(name) can be only replaced for a queued image.", reason: .state)
    }
    return value.text
  }
}

extension ImageChange {
  /// Reads a PATCH from the request itself: its media type says which dialect the body is in.
  fileprivate static func list(call: Call) async throws -> [ImageChange] {
    let request = call.exchange.request
    let mediaType = (request.headers["Content-Type"] ?? "").prefix { $0 != ";" }.trimmingBlanks()
    guard let dialect = Dialect(rawValue: String(mediaType)) else { throw unsupportedMediaType }
    let bytes = try await request.wholeBody(in: call.world)
    guard !bytes.isEmpty else { throw Fault.badRequest("Body expected in request.", reason: .syntax) }
    do {
      return try list(JSON(parsing: bytes), dialect)
    } catch let error as JSONSyntaxError {
      throw call.exchange.service.dialect.malformedBody(error)
    }
  }

  private static let unsupportedMediaType: Fault = {
    let known = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
    return Fault(
      415, "Image PATCH expects Content-Type one of: \(known)", reason: .syntax, headers: [("Accept-Patch", known)])
  }()
}

import OpenStackAPI
import Persistence

// PATCH of /locations, for clouds that show them (`show_multiple_locations`).
extension Image {
  /// How many bytes there are at the addresses that changes name: asked before the transaction, as that takes time.
  static func sizes(_ changes: [ImageChange], _ world: World) async -> [String: Int] {
    var sizes: [String: Int] = [:]
    guard world.imports.showsLocations else { return sizes }
    for change in changes where change.name == "locations" {
      for url in (change.value.array ?? [change.value]).compactMap({ $0["url"]?.text }) where sizes[url] == nil {
        sizes[url] = await RemoteImage.size(url, world)
      }
    }
    return sizes
  }

  mutating func changeLocations(_ change: ImageChange, _ sizes: [String: Int], _ call: Call) throws {
    if change.operation == .replace, change.value == [] {
      throw Fault.forbidden("Cannot set locations to empty list.", reason: .schema).asDetail()
    }
    try call.authorize(self, rule: change.operation == .remove ? "delete_image_location" : "set_image_location")
    let verb = change.operation == .replace ? "update" : change.operation.rawValue
    guard call.world.imports.showsLocations else {
      throw Fault.forbidden("It's not allowed to \(verb) locations if locations are invisible.")
    }
    guard status == .active || status == .queued && change.operation != .remove else {
      throw Fault.conflict(
        "It's not allowed to \(change.operation.rawValue) locations if image status is \(status.rawValue).",
        reason: .state)
    }
    switch change.operation {
    case .add: try addLocation(change, sizes, call.world)
    case .replace: try replaceLocations(change.value.array ?? [], sizes, call.world)
    case .remove: try removeLocation(change.position)
    }
  }

  private mutating func addLocation(_ change: ImageChange, _ sizes: [String: Int], _ world: World) throws(Fault) {
    let data = try ValidationData([change.value])
    try data.check(self)
    guard let place = Self.place(change.position, locations.count) else {
      throw .badRequest("Invalid position for adding a location.")
    }
    let location = try Self.location(change.value, sizes, world)
    guard !locations.contains(location) else { throw Self.duplicate(location) }
    locations.insert(location, at: min(place, locations.count))
    size = size ?? location.address.flatMap { sizes[$0] }
    try activate(data)
  }

  /// What is there already may get other metadata, but not go away or become something else.
  private mutating func replaceLocations(_ values: [JSON], _ sizes: [String: Int], _ world: World) throws(Fault) {
    let data = try ValidationData(values)
    try data.check(self)
    if locations.isEmpty {
      for value in values {
        let location = try Self.location(value, sizes, world)
        guard !locations.contains(location) else { throw Self.duplicate(location) }
        locations.append(location)
        size = size ?? location.address.flatMap { sizes[$0] }
      }
    } else {
      guard values.compactMap({ $0["url"]?.text }).sorted() == locations.map({ $0.url(world) }).sorted() else {
        let shown = JSON.array(locations.map { $0.json(world) }).pythonRepresentation
        throw .badRequest("Original locations is not empty: \(shown)", reason: .state)
      }
      var rest = locations
      locations = values.compactMap { value in
        guard let place = rest.firstIndex(where: { $0.url(world) == value["url"]?.text }) else { return nil }
        var location = rest.remove(at: place)
        location.metadata = value["metadata"]?.object ?? location.metadata
        return location
      }
    }
    try activate(data)
  }

  private mutating func removeLocation(_ position: String?) throws(Fault) {
    guard locations.count > 1 else { throw .forbidden("Cannot remove last location in the image.", reason: .state) }
    guard let place = Self.place(position, locations.count - 1), place < locations.count else {
      throw .badRequest("Invalid position for removing a location.")
    }
    locations.remove(at: place)
  }

  private mutating func activate(_ data: ValidationData) throws(Fault) {
    guard status == .queued else { return }
    adopt(data)
    try move(to: .active)
  }

  /// A number, or `-` for the end.
  private static func place(_ position: String?, _ end: Int) -> Int? {
    position == "-" ? end : position.flatMap { $0.allSatisfy(\.isNumber) ? Int($0) : nil }
  }

  private static func location(_ value: JSON, _ sizes: [String: Int], _ world: World) throws(Fault) -> ImageLocation {
    guard let url = value["url"]?.text, sizes[url] != nil, let store = RemoteImage.store(of: url, world) else {
      throw .badRequest("Invalid location", reason: .lookup)
    }
    var metadata = value["metadata"]?.object ?? JSONObject()
    metadata["store"] = .string(store)
    return ImageLocation(address: url, metadata: metadata)
  }

  private static func duplicate(_ location: ImageLocation) -> Fault {
    .badRequest("The location \(location.address ?? "") already exists", reason: .conflict)
  }
}

extension ImageLocation {
  /// The place as clients see it.
  func json(_ world: World) -> JSON { ["url": .string(url(world)), "metadata": .object(metadata)] }
}

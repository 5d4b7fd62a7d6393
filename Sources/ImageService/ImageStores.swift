import OpenStackAPI

/// The stores that keep images' bytes (glance-api.conf, `enabled_backends`). Two by default, as where DevStack is told
/// to have several.
struct ImageStores: Sendable {
  /// Where one copy of an image's bytes can be.
  struct Store: Sendable {
    let id: String
    var kind = Kind.file
    /// What people are told of it (`store_description`).
    var description: String?
    /// The store with the highest weight is read first (`weight`).
    var weight = 0
  }

  /// How a store works.
  enum Kind: String, CaseIterable, Sendable {
    /// Files of this cloud.
    case file
    /// Other servers, which are only read.
    case http
  }

  private(set) var all = [Store(id: "fast"), Store(id: "slow")]
  /// The store of those who name none (`default_backend`).
  private(set) var defaultID = "fast"

  init() {}

  /// Reads the `image` section.
  init(_ section: Configuration) throws(ConfigurationError) {
    let backends = try section.section("enabled_backends")
    if !backends.keys.isEmpty {
      all = []
      for id in backends.keys { all.append(try Store(id, backends)) }
    } else {
      for store in all { _ = try Store(store.id, backends) }
    }
    defaultID = try section.string("default_backend") ?? all.first { $0.kind == .file }?.id ?? defaultID
    guard self[defaultID]?.kind == .file else {
      throw section.mistake("default_backend", "expected a store of enabled_backends of the type \"file\"")
    }
  }

  /// The store of a name.
  subscript(_ id: String) -> Store? { all.first { $0.id == id } }

  /// The stores that bytes can be written to.
  var writable: [Store] { all.filter { $0.kind == .file } }

  /// Places in the order in which they are read: by the weight of their stores, then as they are.
  func ranked(_ locations: [ImageLocation]) -> [ImageLocation] {
    guard locations.count > 1 else { return locations }
    return locations.enumerated().sorted { a, b in
      let (first, second) = (weight(a.element), weight(b.element))
      return first == second ? a.offset < b.offset : first > second
    }.map(\.element)
  }

  private func weight(_ location: ImageLocation) -> Int { location.store.flatMap { self[$0] }?.weight ?? 0 }

  /// The store that a client names in `X-Image-Meta-Store`, or the default one; `nil` for one that is not there.
  func chosen(by call: Call) -> Store? { self[call.exchange.request.headers["x-image-meta-store"] ?? defaultID] }

  /// What Glance says of a store that is not configured.
  static func unknown(_ id: String) -> String { "Store for identifier \(id) not found" }
}

extension ImageStores.Store {
  fileprivate init(_ id: String, _ backends: Configuration) throws(ConfigurationError) {
    guard !id.isEmpty, !id.hasPrefix("os_glance_"), id.utf8.allSatisfy(Self.isNameByte), id.utf8.count <= 64 else {
      throw backends.mistake(
        id, "expected a name of 1 to 64 letters, digits, \"-\" and \"_\" that does not begin with \"os_glance_\"")
    }
    let section = try backends.section(id)
    self.id = id
    kind = try section.choice("type") ?? .file
    description = try section.string("store_description")
    weight = try section.integer("weight", in: -1_000_000...1_000_000) ?? 0
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension World {
  /// The stores of images.
  var imageStores: ImageStores { settings.get(default: ImageStores()) }
}

import OpenStackAPI

/// What is special about the names of an image's members (glance/api/v2/images.py, `RequestDeserializer`).
enum ImageAttribute {
  private static let generated: Set = ["direct_url", "self", "file", "schema", "stores"]
  private static let readOnly: Set = [
    "created_at", "updated_at", "status", "checksum", "size", "virtual_size", "direct_url", "self", "file", "schema",
    "id", "os_hash_algo", "os_hash_value",
  ]
  private static let reserved: Set = ["location", "deleted", "deleted_at"]

  /// Whether Glance makes the member up when it shows an image.
  static func isGenerated(_ name: String) -> Bool { generated.contains(name) }

  /// Whether no new image may come with the member. An id may be chosen, and what is said of the hash is passed over.
  static func isReadOnly(_ name: String) -> Bool { name != "id" && !isIgnored(name) && readOnly.contains(name) }

  /// Whether a new image may come with the member, to no effect.
  static func isIgnored(_ name: String) -> Bool { name == "os_hash_algo" || name == "os_hash_value" }

  /// Whether the name is free for a custom property.
  static func isCustom(_ name: String) -> Bool {
    !ImageSchemas.image.hasProperty(name) && !isReserved(name)
  }

  static func readOnly(_ name: String) -> Fault { .forbidden("Attribute '\(name)' is read-only.", reason: .schema) }

  /// Refuses to change what is not the client's to change.
  static func refuseChange(of name: String) throws(Fault) {
    guard !readOnly.contains(name) else { throw readOnly(name) }
    guard !isReserved(name) else { throw reserved(name) }
  }

  /// Refuses a custom property that cannot be one.
  static func refuseReserved(_ name: String) throws(Fault) {
    guard name.unicodeScalars.count <= 255 else {
      throw .badRequest("Custom property should not be greater than 255 characters.")
    }
    guard name != "locations" else { throw .forbidden("Attribute 'locations' is reserved.", reason: .schema) }
    guard !isReserved(name) else { throw reserved(name).asDetail() }
  }

  private static func isReserved(_ name: String) -> Bool { reserved.contains(name) || name.hasPrefix("os_glance") }

  private static func reserved(_ name: String) -> Fault {
    .forbidden("Attribute '\(name)' is reserved.", reason: .schema)
  }

  /// What `min_disk` and `min_ram` can be: Glance keeps them in 32 bits.
  static let minima = 0...Int(Int32.max)

  /// A value of `min_disk` or `min_ram`.
  static func minimum(_ name: String, _ value: JSON) throws(Fault) -> Int {
    guard let number = value.exactInteger, number <= minima.upperBound else {
      if value.pythonRepresentation.hasPrefix("-") { throw negative(name, value) }
      throw .badRequest("'\(name)' value out of range, must not exceed \(minima.upperBound).")
    }
    guard number >= 0 else { throw negative(name, value) }
    return number
  }

  private static func negative(_ name: String, _ value: JSON) -> Fault {
    .badRequest("Invalid value '\(value.pythonText)' for parameter '\(name)': Cannot be a negative value")
  }

  /// Refuses characters beyond the basic plane, which Glance keeps out of its database (glance/common/utils.py,
  /// `no_4byte_params`).
  static func refuseWide(_ name: String, _ value: String?) throws(Fault) {
    guard !isWide(name) else { throw .badRequest("Property names can't contain 4 byte unicode.") }
    guard let value, isWide(value) else { return }
    throw .badRequest("\(titled(name)) can't contain 4 byte unicode characters.")
  }

  private static func isWide(_ text: String) -> Bool { text.unicodeScalars.contains { $0.value > 0xFFFF } }

  /// Every run of letters with a capital at its front, as Python's `title()` has it.
  private static func titled(_ text: String) -> String {
    var titled = ""
    for character in text {
      titled += titled.last?.isLetter == true ? character.lowercased() : character.uppercased()
    }
    return titled
  }

  /// Tags are a set; they keep the order they were given in.
  static func tags(_ value: JSON) -> [String] {
    (value.array ?? []).compactMap(\.text).uniqued
  }
}

import OpenStackAPI

/// Whether a server's root disk is fitted to its flavor (Compute API, `OS-DCF:diskConfig`; nova.compute.api,
/// `_check_auto_disk_config` and `_inherit_properties_from_image`).
enum DiskConfig: String {
  case automatic = "AUTO"
  case manual = "MANUAL"

  /// The input's member.
  static let member = "OS-DCF:diskConfig"
  /// The image's property.
  static let property = "auto_disk_config"

  /// What Nova reads in the property of an image; what says nothing is manual.
  init(property text: String?) { self = text?.trimmed.booleanWord == true ? .automatic : .manual }

  /// What a server is to have that is made of an image: what the request says, or else the image.
  init(_ input: JSON, image: String?, property: String?) throws {
    let asked = try Self.asked(in: input, image: image, property: property)
    self = asked ?? DiskConfig(property: property)
  }

  /// What a request says, which the image may not let it.
  static func asked(in input: JSON, image: String?, property: String?) throws -> DiskConfig? {
    let asked = input[member]?.text.flatMap(DiskConfig.init(rawValue:))
    if asked == .automatic, property?.trimmed.lowercased() == "disabled" {
      throw Fault.badRequest("Requested image \(image ?? "") has automatic disk resize disabled.")
    }
    return asked
  }
}

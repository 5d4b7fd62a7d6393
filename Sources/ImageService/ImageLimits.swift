import OpenStackAPI

/// How much one image may carry, and how long a page may be: the defaults of Glance's configuration.
enum ImageLimits {
  /// `image_property_quota`
  static let properties = 128
  /// `image_tag_quota`
  static let tags = 128
  /// `limit_param_default`
  static let page = 25
  /// `image_size_cap`, in bytes
  static let size = 1 << 40
  /// `api_limit_max`
  static let longestPage = 1000

  static func refuseProperties(_ count: Int) throws(Fault) {
    try refuse(count, properties, "properties")
  }

  static func refuseTags(_ count: Int) throws(Fault) { try refuse(count, tags, "tags") }

  private static func refuse(_ count: Int, _ most: Int, _ what: String) throws(Fault) {
    guard count > most else { return }
    throw Fault(
      413,
      "The limit has been exceeded on the number of allowed image \(what). Attempted: \(count), Maximum: \(most)",
      reason: .quota)
  }
}

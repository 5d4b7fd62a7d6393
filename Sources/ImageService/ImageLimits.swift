import OpenStackAPI

/// How much one image may carry, and how long a page may be: the defaults of Glance's configuration.
enum ImageLimits {
  /// `image_property_quota`
  static let properties = 128
  /// `image_tag_quota`
  static let tags = 128
  /// `image_member_quota`
  static let members = 128
  /// `limit_param_default`
  static let page = 25
  /// `api_limit_max`
  static let longestPage = 1000

  static func refuseProperties(_ count: Int) throws(Fault) {
    guard count > properties else { return }
    throw refusal(exceeded("properties", count, properties))
  }

  static func refuseTags(_ count: Int) throws(Fault) {
    guard count > tags else { return }
    throw refusal(exceeded("tags", count, tags))
  }

  /// One tag more is refused in other words than a new list of them.
  static func refuseTag(_ count: Int, of image: String) throws(Fault) {
    guard count > tags else { return }
    throw refusal("Image tag limit exceeded for image \(image): \(exceeded("tags", count, tags)):")
  }

  static func refuseMembers(_ count: Int, of image: String) throws(Fault) {
    guard count > members else { return }
    let what = exceeded("members for this image", count, members)
    throw refusal("Image member limit exceeded for image \(image): \(what):")
  }

  private static func exceeded(_ what: String, _ count: Int, _ most: Int) -> String {
    "The limit has been exceeded on the number of allowed image \(what). Attempted: \(count), Maximum: \(most)"
  }

  private static func refusal(_ text: String) -> Fault { Fault(413, text, reason: .quota) }
}

import OpenStackAPI

/// The member `options` of projects, roles and the like: switches of one resource, of which all kinds have `immutable`.
///
/// Source: Identity API v3, "Resource Options"; keystone.common.resource_options.
enum ResourceOptions {
  private static let immutable = "immutable"

  /// What `options` may hold where `immutable` is the only one.
  static let schema = Schema.object([Property(immutable, Schema.boolean.orNull)])

  /// An immutable resource can only be made mutable again, and by a change of nothing else. A project that acts as a
  /// domain is called a domain, whatever address it was reached under.
  static func refuseUpdate<R: OptionalResource>(of resource: R, by input: JSON, kind: String? = nil) throws {
    guard resource.isImmutable else { return }
    let option = input["options"]?[immutable]
    guard input.object?.members.count == 1, option == .bool(false) || option == .null else {
      throw Fault.forbidden(
        "Unable to update immutable \(kind ?? "\(R.member)") resource: `\(resource.id). Set resource option \"immutable\" to false "
          + "first.", reason: .state)
    }
  }

  /// An immutable resource cannot be deleted.
  static func refuseDeletion<R: OptionalResource>(of resource: R, kind: String? = nil) throws {
    guard resource.isImmutable else { return }
    throw Fault.forbidden(
      "Unable to delete immutable \(kind ?? "\(R.member)") resource: `\(resource.id). Set resource option \"immutable\" to false "
        + "first.", reason: .state)
  }

  /// The options after a change: those it names replace the old ones, and `null` takes one away.
  static func merged(_ old: JSONObject, _ new: JSONObject) -> JSONObject {
    var options = old
    for (name, value) in new.members { options[name] = value.isNull ? JSON?.none : value }
    return options
  }
}

/// A resource with options.
protocol OptionalResource: Resource {
  /// `options` as they are stored.
  var options: RawJSON { get }
}

extension OptionalResource {
  /// Whether the resource is protected from changes and deletion.
  var isImmutable: Bool { options.members["immutable"] == .bool(true) }
}

/// What a resource's own metadata may ask of the cloud, where the configuration allows it (`fixture.metadata`): behaviour
/// on demand for tools that know nothing of the control interface.
public enum Directive: String, Sendable {
  /// How long a server takes to build: `30s`.
  case build = "pocketstack:build"
  /// The domain fault that strikes it: `spawning`.
  case fail = "pocketstack:fail"
}

/// Whether metadata are listened to.
public struct DirectiveSettings: Sendable {
  /// Whether they are.
  public var isEnabled = false
  /// The default: they are not.
  public init() {}
}

extension World {
  /// Whether metadata are listened to.
  public var directives: DirectiveSettings { settings.get(default: DirectiveSettings()) }
}

/// What the configuration says of the cloud as a whole.
public struct CloudSettings: Sendable {
  /// The release whose versions it offers.
  public var release: Release
  /// The one region's name.
  public var region: String
  /// How fast things happen.
  public var pace: TransitionPace

  /// The defaults of a cloud without configuration.
  public init(release: Release = .latest, region: String = "RegionOne", pace: TransitionPace = TransitionPace()) {
    (self.release, self.region, self.pace) = (release, region, pace)
  }
}

extension World {
  /// What the configuration says of the cloud as a whole.
  public var cloud: CloudSettings { settings.get(default: CloudSettings()) }
}

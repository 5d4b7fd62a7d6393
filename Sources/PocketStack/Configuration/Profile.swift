/// A cloud that many know, whose configuration this program brings along: the files in `config/` of the repository.
public enum Profile: String, CaseIterable, Sendable {
  /// What a DevStack is after `stack.sh`: its accounts, its flavors, its image.
  case devstack

  /// The configuration file.
  public var text: [UInt8] {
    switch self {
    case .devstack: PackageResources.devstack_json
    }
  }
}

extension ServerConfiguration {
  /// The configuration of a profile.
  public init(profile: Profile, services: CloudServices = .standard) throws {
    try self.init(text: profile.text, file: "the profile \(profile.rawValue)", services: services)
  }
}

/// A refusal that OpenStack began with in some release, and that clients of an older cloud lived without: a cloud holds
/// the rules that its release had, as it offers the microversions that its release had.
///
/// Rules that closed a hole on which no client rests hold in every release and are not listed here.
public enum SecurityRule: String, Sendable, CaseIterable {
  /// A server that boots from an image needs a flavor with a disk, unless an administrator boots it (Nova, bug 1739646).
  case zeroDiskFlavorsNeedVolumes
  /// A delegated token reaches credentials of its own project alone, and an application credential that is restricted
  /// makes none for EC2 (Keystone, bug 2150089).
  case delegatedTokensKeepToTheirProjectsCredentials
  /// An application credential and an access token manage no trusts (Keystone, bugs 2150089 and 2153453).
  case delegatedTokensManageNoTrusts
  /// A trust and an access token manage no application credentials and no access rules (Keystone, bug 2153453).
  case delegatedTokensManageNoApplicationCredentials
  /// No delegated token shows, takes back or grants access tokens; before, trusts and access tokens listed and granted
  /// none (Keystone, bug 2153453).
  case delegatedTokensManageNoAccessTokens
  /// A delegated token reaches no credentials at all (Keystone, bug 2159643).
  case delegatedTokensReachNoCredentials
  /// Of a credential only the blob changes (Keystone, bug 2159643).
  case credentialsChangeOnlyTheirBlob
  /// Revoking a token revokes those that were made from it, unless `cascade=false` says otherwise, and users end all of
  /// their tokens at once (Keystone, bug 2152573).
  case revocationsReachDescendants
  /// A token by a trust ends with the trust, and says so (Keystone, bug 2156586).
  case tokensEndWithTheirTrust

  /// The first release that holds it.
  public var since: Release {
    switch self {
    case .zeroDiskFlavorsNeedVolumes: .stein
    case .delegatedTokensKeepToTheirProjectsCredentials, .delegatedTokensManageNoTrusts,
      .delegatedTokensManageNoApplicationCredentials, .delegatedTokensManageNoAccessTokens:
      .gazpacho
    case .delegatedTokensReachNoCredentials, .credentialsChangeOnlyTheirBlob, .revocationsReachDescendants,
      .tokensEndWithTheirTrust:
      .latest
    }
  }
}

extension World {
  /// Whether the cloud's release holds a security rule.
  public func holds(_ rule: SecurityRule) -> Bool { rule.since <= cloud.release }
}

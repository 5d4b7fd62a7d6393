import ComputeService
import FixtureService
import IdentityService
import ImageService
import OpenStackAPI

extension CloudServices {
  /// All that PocketStack has.
  public static let standard: CloudServices = {
    let others = [ImageService.service, ComputeService.service, FixtureService.service]
    return CloudServices(
      [IdentityService.service(catalog: others.flatMap(\.catalog))] + others,
      crossings: Crossings(tokens: IdentityService.tokens, images: ImageService.catalog))
  }()
}

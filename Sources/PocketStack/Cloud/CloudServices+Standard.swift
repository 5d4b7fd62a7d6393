import ComputeService
import IdentityService
import ImageService
import OpenStackAPI

extension CloudServices {
  /// All that PocketStack has.
  public static let standard: CloudServices = {
    let others = [ImageService.service, ComputeService.service]
    return CloudServices(
      [IdentityService.service(catalog: others.flatMap(\.catalog))] + others,
      crossings: Crossings(tokens: IdentityService.tokens, images: ImageService.catalog))
  }()
}

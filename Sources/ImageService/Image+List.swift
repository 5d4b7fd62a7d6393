import OpenStackAPI
import Persistence

extension Image {
  @Sendable static func list(_ call: Call) throws -> Response {
    let query = try ImageQuery(call.query, call.caller)
    let images = try call.world.read { db in try query.page(db) }
    return .json { json in
      let fields = view.projection(for: call)
      json.array("images") { json in
        for image in images { json.object { json in image.writeMembers(fields, to: &json) } }
      }
      json.member("first", call.pagePath("/v2/images"))
      json.member("schema", "/v2/schemas/images")
      // A full page has a next one, even where nothing follows.
      if let last = images.last, images.count == query.limit {
        json.member("next", call.pagePath("/v2/images", marker: last.id))
      }
    }
  }
}

extension Call {
  /// The path of a page of the same list: the client's own parameters with another marker.
  func pagePath(_ path: String, marker: String? = nil) -> String {
    var pairs = query.pairs.filter { $0.name != "marker" }
    if let marker { pairs.append(("marker", marker)) }
    guard !pairs.isEmpty else { return path }
    return path + "?" + pairs.map { "\($0.name.formEncoded)=\($0.value.formEncoded)" }.joined(separator: "&")
  }
}

extension String {
  /// As in forms: a blank is a plus sign.
  fileprivate var formEncoded: String {
    percentEncoded.split(separator: "%20", omittingEmptySubsequences: false).joined(separator: "+")
  }
}

/// A list as its query string asks for it: which images, in which order, from where and how many.
struct ImageQuery: Sendable {
  let limit: Int
  private let marker: String?
  private let listing: Listing
  private let caller: Authorization

  init(_ query: QueryParameters, _ caller: Authorization) throws(Fault) {
    self.caller = caller
    limit = try Self.limit(query["limit"])
    marker = query["marker"]
    let memberStatus = try Self.memberStatus(query["member_status"])
    var listing = Listing(Image.columns, from: "images", key: "id")
    listing.conditions = try ImageScope(caller, memberStatus: memberStatus).conditions(query["visibility"])
    listing.conditions += try ImageFilters(query).conditions
    listing.order = try ImageOrder(query).keys
    self.listing = listing
  }

  /// The page; a marker that the caller does not see is refused.
  func page(_ db: Connection) throws -> [Image] {
    if let marker {
      guard let image = try Image.find(marker, db) else {
        throw Fault.badRequest("No image found with ID \(marker)", reason: .lookup)
      }
      guard try image.isVisible(to: caller, db) else {
        throw Fault.forbidden("Forbidding request, image \(marker) not visible", reason: .lookup)
      }
    }
    return try Image.complete(listing.page(db, after: marker, limit: limit) ?? [], db)
  }

  static func limit(_ text: String?) throws(Fault) -> Int {
    guard let text else { return ImageLimits.page }
    guard let limit = Int(saturating: text.trimmingBlanks()) else {
      throw .badRequest("limit param must be an integer")
    }
    guard limit >= 0 else { throw .badRequest("limit param must be positive") }
    return min(limit, ImageLimits.longestPage)
  }

  private static func memberStatus(_ text: String?) throws(Fault) -> String {
    let status = text ?? "accepted"
    guard ["pending", "accepted", "rejected", "all"].contains(status) else {
      throw .badRequest("Invalid status: \(status)")
    }
    return status
  }
}

/// What of all images a list shows to a caller (glance/db/sqlalchemy, `_select_images_query`).
struct ImageScope: Sendable {
  private let caller: Authorization
  private let memberStatus: String

  init(_ caller: Authorization, memberStatus: String = "accepted") {
    (self.caller, self.memberStatus) = (caller, memberStatus)
  }

  /// Public images, the project's own and those shared with it, all images for an administrator; those of the
  /// community only where they are asked for.
  func conditions(_ visibility: String? = nil) throws(Fault) -> [Condition] {
    let reachable = caller.isAdmin ? [] : [self.reachable]
    switch visibility {
    case nil: return reachable + [.any([Condition("visibility <> 'community'")] + own)]
    case "all": return reachable
    case "": return [Condition("visibility = ''")]
    case let name?:
      guard let visibility = ImageVisibility(rawValue: name) else {
        throw .badRequest("Invalid visibility value: \(name)")
      }
      return reachable + [Condition("visibility = ?", visibility)]
    }
  }

  private var own: [Condition] { caller.projectID.map { [Condition("owner = ?", $0)] } ?? [] }

  private var reachable: Condition {
    var ways = [Condition("visibility IN ('public', 'community')")] + own
    if let project = caller.projectID { ways.append(shared(with: project)) }
    return .any(ways)
  }

  private func shared(with project: String) -> Condition {
    let shares = "visibility = 'shared' AND id IN (SELECT image_id FROM image_members WHERE member = ?"
    return memberStatus == "all"
      ? Condition("(\(shares)))", project) : Condition("(\(shares) AND status = ?))", project, memberStatus)
  }
}

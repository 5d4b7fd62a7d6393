import OpenStackAPI

/// What a request needs that the tables do not say, because a handler looks at it by itself.
///
/// Bodies are JSON in which `<kind>` stands for an id of that kind; see `Draw.fill`.
struct Recipe {
  /// Bodies that are taken.
  var bodies: [JSON] = []
  /// The media type of bodies, where it is not that of JSON.
  var mediaType: String?
  /// What the body is where it is no JSON.
  var bytes: [[UInt8]] = []
  /// Queries that are taken.
  var queries: [String] = []
  /// A form, with `<kind>` like bodies.
  var form: String?
  /// Who asks, where not everybody with rights may.
  var persona: String?
  /// Whether the path leads to what was deleted.
  var isOfDeleted = false
  /// Further header fields, with `<kind>` like bodies.
  var headers: [(name: String, value: String)] = []
  /// What parameters of the path may be, where no answer tells.
  var parameters: [String: [String]] = [:]
  /// Members of the body that have to be these, lest the answer takes long.
  var fixed: [(name: String, value: JSON)] = []
  /// Rows that have to succeed first, as their recipes are named; ` #1` after a name is the second of its bodies,
  /// and `!` says that what is there will do.
  var before: [String] = []
  /// What puts things back afterwards, named likewise.
  var after: [String] = []

  /// Whether a token is to be revoked.
  var needsSpareToken: Bool { (headers.map(\.value) + parameters.values.joined()).contains("<other token>") }

  /// By service, method, path and action.
  static let all: [String: Recipe] = {
    var all: [String: Recipe] = [:]
    for table in [
      ofTokens, ofIdentity, ofInheritance, ofIdentityV2, ofCompute, ofServers, ofImages, ofMetadefs, ofControl,
    ] {
      all.merge(table) { first, _ in first }
    }
    return all
  }()

  /// A recipe of bodies, given as text.
  static func body(
    _ texts: String..., as persona: String? = nil, before: [String] = [], after: [String] = [],
    parameters: [String: [String]] = [:]
  ) -> Recipe {
    Recipe(bodies: texts.map(json), persona: persona, parameters: parameters, before: before, after: after)
  }

  /// A table's text; one that is no JSON ends the program before anything began.
  private static func json(_ text: String) -> JSON {
    do {
      return try JSON(parsing: Array(text.utf8))
    } catch {
      fatalError("\(error): \(text)")
    }
  }
}

import OpenStackAPI
import Persistence

/// Metadata definitions: what properties resources can have, in namespaces (`/v2/metadefs`).
enum Metadefs {
  static let routes: [Route] =
    MetadefNamespace.routes + MetadefObject.routes + MetadefProperty.routes + MetadefTag.routes
    + MetadefResourceType.routes

  /// Readers of the namespace's project, and everybody's readers where it is public.
  static let reader = PolicyRule(
    "rule:context_is_admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))")

  /// Rules that no route names.
  static let rules: [String: PolicyRule] = ["get_metadef_resource_type": reader]

  /// A body, checked in Glance's order: that it is there, what only Glance sets, the schema.
  static func input(_ call: Call, _ schema: SchemaDocument, readOnly: [String]) throws(Fault) -> JSONObject {
    guard !call.body.isNull else { throw .badRequest("Body expected in request.") }
    guard let object = call.body.object else { throw .badRequest("Unexpected body type. Expected list/dict.") }
    if let name = readOnly.first(where: { object[$0] != nil }) { throw ImageAttribute.readOnly(name) }
    try schema.validate(call.body)
    return object
  }

  /// Refuses a body where Glance expects none.
  @Sendable static func refuseBody(_ call: Call) throws {
    let headers = call.exchange.request.headers
    guard let length = headers["Content-Length"].flatMap({ Int($0) }), length > 0 else { return }
    throw Fault.badRequest("A body is not expected with this request.")
  }

  /// Runs a statement; a name that is there already becomes the conflict that is given.
  static func inserting(orThrow conflict: Fault, _ body: () throws -> Int) throws {
    do {
      _ = try body()
    } catch DatabaseError.constraint(.unique, _) {
      throw conflict
    }
  }

  /// `limit` and `sort_dir` of a list.
  static func limit(_ text: String, least: Int = 0) throws(Fault) -> Int {
    guard let limit = Int(text.trimmingBlanks()) else { throw .badRequest("limit param must be an integer") }
    guard limit >= least else { throw .badRequest("limit param must be positive") }
    return limit
  }

  static func isDescending(_ query: QueryParameters) throws(Fault) -> Bool {
    switch query["sort_dir"] {
    case nil, "desc": return true
    case "asc": return false
    case let other?: throw .badRequest("Invalid sort direction: \(other)")
    }
  }

  /// Refuses a visibility that a list cannot be filtered by.
  static func checkVisibility(_ query: QueryParameters, in words: [String]) throws(Fault) -> String? {
    guard let visibility = query["visibility"], !visibility.isEmpty else { return nil }
    guard words.contains(visibility) else { throw .badRequest("Invalid visibility value: \(visibility)") }
    return visibility
  }
}

extension Call {
  /// The namespace that the path names, if the caller sees it; `missing` and `hidden` say what is read otherwise.
  func namespace(
    _ db: Connection, missing: (String) -> Fault = MetadefNamespace.unknown,
    hidden: (String) -> Fault = MetadefNamespace.unknown
  ) throws -> MetadefNamespace {
    let name = parameter("namespace")
    guard let namespace = try MetadefNamespace.find(name, db) else { throw missing(name) }
    guard try namespace.isVisible(to: caller) else { throw hidden(name) }
    return namespace
  }

  /// Refuses what a rule forbids; a namespace that the caller may not read is "not found".
  func authorize(in namespace: MetadefNamespace?, rule: String? = nil) throws {
    let rule = rule ?? route.operation
    let target = namespace?.target
    guard !isAllowed(rule, target) else { return }
    guard rule != "get_metadef_namespace", isAllowed("get_metadef_namespace", target) else {
      throw Fault.notFound("The resource could not be found.", reason: .policy)
    }
    throw exchange.service.dialect.denied(rule)
  }
}

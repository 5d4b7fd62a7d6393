import OpenStackAPI
import Persistence

/// A list as Keystone answers it: filters by some columns, exact and inexact, `limit` and `marker`, and links.
///
/// Source: Identity API v3, "Filtering" and "Pagination".
struct Collection<Record: Resource>: Sendable {
  /// What may be listed at all.
  var conditions: [Condition] = []
  /// The columns to filter by; others are no filters and are ignored.
  let filters: [Filter]
  /// How each is shown.
  var view = Record.view

  /// A column that a list can be filtered by.
  struct Filter: Sendable {
    let name: String
    fileprivate let kind: Kind

    fileprivate enum Kind {
      case truth
      case words
      case name
      case exact
    }

    /// A column of words, which are compared as names are.
    static func words(_ name: String) -> Filter { Filter(name: name, kind: .words) }
    /// A column of text that is compared byte by byte: ids, and what Keystone filters by itself and not in its database.
    static func exact(_ name: String) -> Filter { Filter(name: name, kind: .exact) }
    /// The name, whose key is kept in a column of its own.
    static var name: Filter { Filter(name: "name", kind: .name) }
    /// A column of 0 and 1.
    static func truth(_ name: String) -> Filter { Filter(name: name, kind: .truth) }

    fileprivate func equals(_ value: String) -> Condition {
      switch kind {
      case .truth: Condition("\(name) = ?", value.booleanWord != false)
      case .exact: Condition("\(name) = ?", value)
      case .words:
        Condition("\(GeneralCollation.key(sql: name)) = ?", GeneralCollation.key(value))
      case .name: Condition("(name_key = ? OR name = ?)", GeneralCollation.key(value), value)
      }
    }
  }

  /// What the caller asked for.
  func response(_ call: Call) throws -> Response {
    let page = try ListPage(call.query)
    var listing = Listing(Record.columns, from: Record.table, key: "id")
    listing.order = [SortOrder("number")]
    // Of a parameter that is repeated the first counts (werkzeug's `MultiDict.items`).
    let given = Dictionary(call.query.pairs.map { ($0.name, $0) }) { first, _ in first }
    listing.conditions = conditions + given.keys.sorted().compactMap { given[$0].flatMap(condition) }
    let found: [Record]? = try call.world.read { [listing] in
      try listing.page($0, after: page.marker, limit: page.limit ?? -1)
    }
    guard let records = found else { throw Fault.notFound("Marker \(page.marker ?? "") could not be found.") }
    // Whether more would follow is not looked up: a full page has a next one, as in Keystone.
    return write(records, next: records.count == page.limit ? records.last?.id : nil, page, call)
  }

  private func write(_ records: [Record], next: String?, _ page: ListPage, _ call: Call) -> Response {
    let projection = view.projection(for: call)
    return .json { json in
      json.array(Record.collection) { json in
        for record in records { Record.write(record, to: &json, projection) }
      }
      json.object("links") { json in
        json.member("next", next.map { page.next($0, call) })
        json.member("self", call.address + (call.exchange.request.query.map { "?" + $0 } ?? ""))
        json.member("previous", String?.none)
      }
      if next != nil { json.member("truncated", true) }
    }
  }

  /// `name=x`, `name__contains=x` and the like. Unknown comparisons are ignored, as Keystone does.
  private func condition(_ pair: (name: String, value: String)) -> Condition? {
    if let filter = filters.first(where: { $0.name == pair.name }) { return filter.equals(pair.value) }
    guard let filter = filters.first(where: { pair.name.hasPrefix($0.name + "__") }), filter.kind != .truth else {
      return nil
    }
    let comparison = String(pair.name.dropFirst(filter.name.count + 2))
    guard comparison.hasPrefix("i") else { return Self.exactly(filter.name, comparison, pair.value) }
    let unlettered = String(comparison.dropFirst())
    guard filter.kind != .exact else {
      return Self.exactly("folded(\(filter.name))", unlettered, GeneralCollation.fold(pair.value))
    }
    return Self.alike(filter.name, unlettered, pair.value)
  }

  /// `contains` and the like, which Keystone carries out itself (keystone.server.flask.common, `filter_by_attributes`).
  private static func exactly(_ column: String, _ comparison: String, _ value: String) -> Condition? {
    switch comparison {
    case "contains": Condition("instr(\(column), ?) > 0", value)
    case "startswith": Condition("substr(\(column), 1, length(?)) = ?", value, value)
    case "endswith": Condition("(? = '' OR substr(\(column), -length(?)) = ?)", value, value, value)
    default: nil
    }
  }

  /// `icontains` and the like, which its database carries out, so that `%` and `_` stand for others there
  /// (keystone.common.sql.core, `inexact_filter`).
  private static func alike(_ column: String, _ comparison: String, _ value: String) -> Condition? {
    let folded = GeneralCollation.fold(value)
    let pattern: String? =
      switch comparison {
      case "contains": "%\(folded)%"
      case "startswith": "\(folded)%"
      case "endswith": "%\(folded)"
      default: nil
      }
    return pattern.map { Condition("folded(\(column)) LIKE ? ESCAPE '\\'", $0) }
  }
}

/// `limit` and `marker` of a list.
private struct ListPage {
  /// Keystone's `max_db_limit`.
  private static let most = 1000

  let limit: Int?
  let marker: String?

  init(_ query: QueryParameters) throws {
    marker = query["marker"].flatMap { $0.isEmpty ? nil : $0 }
    guard let text = query["limit"], !text.isEmpty else {
      limit = nil
      return
    }
    guard let number = Int(text), number >= 0 else {
      throw Fault.badRequest(
        "Invalid input for query parameters limit. Value: \(text). \(JSON.quoted(text)) is not a valid limit")
    }
    limit = number == 0 ? nil : min(number, Self.most)
  }

  /// The address of the page after a row.
  func next(_ id: String, _ call: Call) -> String {
    var pairs = QueryParameters(parsing: call.exchange.request.query).pairs.filter { $0.name != "marker" }
    pairs.append(("marker", id))
    return call.address + "?"
      + pairs.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
  }
}

extension Call {
  /// Refuses values of the query string that break a schema; other names than these are no one's business.
  func checkQuery(_ parameters: [(name: String, schema: Schema)]) throws {
    for (name, schema) in parameters {
      guard let value = query[name], let found = schema.check(.string(value), version) else { continue }
      let violation = Violation(found.value, found.detail, path: [name], isWholeMessage: found.isWholeMessage)
      throw exchange.service.dialect.invalid(violation, in: .query)
    }
  }

  /// The address of this request without its query.
  var address: String {
    exchange.base + exchange.segments.filter { !$0.isEmpty }.map { "/" + $0.percentEncoded }.joined()
  }
}

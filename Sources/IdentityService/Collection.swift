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
    let isTruth: Bool

    /// A column of text.
    static func text(_ name: String) -> Filter { Filter(name: name, isTruth: false) }
    /// A column of 0 and 1.
    static func truth(_ name: String) -> Filter { Filter(name: name, isTruth: true) }
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
    if let filter = filters.first(where: { $0.name == pair.name }) {
      return filter.isTruth
        ? Condition("\(filter.name) = ?", Self.isTrue(pair.value)) : Condition("\(filter.name) = ?", pair.value)
    }
    guard let filter = filters.first(where: { pair.name.hasPrefix($0.name + "__") }), !filter.isTruth else {
      return nil
    }
    var comparison = pair.name.dropFirst(filter.name.count + 2)
    let ignoresCase = comparison.hasPrefix("i")
    if ignoresCase { comparison = comparison.dropFirst() }
    let column = ignoresCase ? "lower(\(filter.name))" : filter.name
    let value = ignoresCase ? pair.value.lowercased() : pair.value
    switch comparison {
    case "contains": return Condition("instr(\(column), ?) > 0", value)
    case "startswith": return Condition("substr(\(column), 1, length(?)) = ?", value, value)
    case "endswith": return Condition("(? = '' OR substr(\(column), -length(?)) = ?)", value, value, value)
    default: return nil
    }
  }

  /// oslo.utils' words for no; everything else is yes, the empty text too (keystone.common.utils.attr_as_boolean).
  private static func isTrue(_ text: String) -> Bool {
    text.booleanWord != false
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

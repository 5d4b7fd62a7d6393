/// `limit` and `marker` as a list takes them.
public struct PageRequest: Sendable {
  /// How many rows at most.
  public let limit: Int
  /// The id of the last row of the page before.
  public let marker: String?

  /// Reads `limit` and `marker`; a limit that is missing or above the maximum is the maximum.
  public init(_ query: QueryParameters, maximum: Int) {
    limit = min(query.integer("limit") ?? maximum, maximum)
    marker = query["marker"].flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension Call {
  /// The address of the next page: this request's, with another marker, its parameters sorted by name.
  public func nextLink(_ path: String, marker: String) -> String {
    var pairs = QueryParameters(parsing: exchange.request.query).pairs.filter { $0.name != "marker" }
    pairs.append(("marker", marker))
    let text = pairs.sorted { $0.name < $1.name }.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }
    return link(path) + "?" + text.joined(separator: "&")
  }
}

import OpenStackAPI
import Persistence

/// A page of rows as Nova answers it (Compute API guide, "Paginated collections"):
/// `{"servers": [...], "servers_links": [{"rel": "next", ...}]}`. The link is there whenever the page is full.
struct Collection<Record: RowDecodable & Sendable> {
  /// The member with the records.
  let name: StaticString
  /// The member with the link.
  let linksName: StaticString
  /// The collection's path below the API's prefix.
  let path: String
  let listing: Listing
  /// Among which rows a marker is looked up; all, by default.
  var markersAmong: [Condition] = []
  /// What a marker names.
  let id: (Record) -> String
  /// The refusal of a marker that is no row's.
  let unknownMarker: (String) -> String
  /// The member around each record, where there is one (`{"keypair": {...}}`).
  var wrapper: StaticString?
  /// The version that began to link pages.
  var linksSince: Version = "2.1"

  /// The page that the call asks for.
  func page(_ view: View<Record>, _ call: Call) throws -> Response {
    let page = call.page()
    let records = try records(page, call)
    let projection = view.projection(for: call)
    return .json { json in
      json.array(name) { json in
        for record in records { write(record, projection, to: &json) }
      }
      guard call.version >= linksSince else { return }
      call.writeNextLink(linksName, path, after: records.map(id), limit: page.limit, to: &json)
    }
  }

  private func records(_ page: PageRequest, _ call: Call) throws -> [Record] {
    guard page.limit > 0 else { return [] }
    let records: [Record]? = try call.world.read { db in
      try listing.page(db, after: page.marker, limit: page.limit, markerAmong: markersAmong)
    }
    guard let records else { throw Fault.badRequest(unknownMarker(page.marker ?? "")) }
    return records
  }

  private func write(_ record: Record, _ projection: Projection<Record>, to json: inout JSONWriter) {
    guard let wrapper else { return projection.write(record, to: &json) }
    json.object { json in
      json.key(wrapper)
      projection.write(record, to: &json)
    }
  }
}

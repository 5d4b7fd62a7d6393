import Glibc
import HTTPServer
import OpenStackAPI
import Persistence

// GET /v2/images/{id}/file
extension Image {
  @Sendable static func download(_ call: Call) async throws -> Response {
    try call.refuseBody()
    let image = try call.world.read { db in try call.visibleImage(db) }
    guard try image.status != .deactivated || call.caller.isAdmin else {
      throw Fault.forbidden(
        "The requested image has been deactivated. Image data download is forbidden.", reason: .state)
    }
    try call.authorize(image)
    guard let size = image.size, !image.locations.isEmpty else { return Response(status: 204) }
    let range = try DownloadRange(call.exchange.request.headers, size: size).range
    guard let body = try await image.body(range ?? 0..<size, call.world) else { return Response(status: 204) }
    return image.response(body, range, size: size)
  }

  /// Bytes of the best place that has them; `nil` where none has them any more, which Glance answers
  /// with 204 (glance/location.py, `get_data`).
  private func body(_ part: Range<Int>, _ world: World) async throws -> HTTPResponseBody? {
    let blobs = world.imageStores.ranked(locations).compactMap(\.blob)
    guard !blobs.isEmpty else { return try await RemoteImage.body(locations[0].url(world), part, world) }
    let files = try blobs.compactMap { try file($0, world) }
    if let whole = files.first(where: { $0.size >= size ?? 0 }) {
      return .file(FileRegion(whole, offset: part.lowerBound, length: part.count))
    }
    guard try world.read({ try Image.find(id, $0) }) != nil else { throw Self.notFound(id) }
    world.log.error("an image's bytes are not there", metadata: ["image": "\(id)", "blob": "\(blobs[0].rawValue)"])
    guard let torn = files.first else { return nil }
    throw corrupt(torn.size)
  }

  /// A blob, to be read; `nil` where there is none.
  private func file(_ blob: BlobID, _ world: World) throws(Fault) -> OpenFile? {
    do throws(HTTPFileError) {
      return try OpenFile(path: world.blobs.path(blob))
    } catch {
      guard error.code != ENOENT else { return nil }
      throw Fault(StorageTrouble(errno: error.code)).because(["error": .string("\(error)")])
    }
  }

  /// Glance finds out only while it sends, in these words (glance/api/common.py, `size_checked_iter`).
  private func corrupt(_ count: Int) -> Fault {
    Fault(503, "Corrupt image download for image \(id)", reason: .storage).because([
      "bytes": .integer(count), "size": .integer(size ?? 0),
    ])
  }

  /// The checksum is that of the whole image also where a part is sent, and in hexadecimal, which RFC 1864 is not.
  private func response(_ body: HTTPResponseBody, _ range: Range<Int>?, size: Int) -> Response {
    var response = Response(contentType: "application/octet-stream")
    if let range {
      response.status = 206
      response.headers.append(("Content-Range", HTTPRange.contentRange(range, length: size)))
    }
    if let checksum { response.headers.append(("Content-MD5", checksum)) }
    response.body = body
    return response
  }
}

/// The part of an image that a client asks for: one `Range`, or, as in Glance's early days, a `Content-Range`.
struct DownloadRange {
  /// `nil` for the whole.
  let range: Range<Int>?

  init(_ headers: HTTPHeaders, size: Int) throws(Fault) {
    if let field = headers["Range"] {
      range = try Self.range(field, size)
    } else if let field = headers["Content-Range"] {
      range = try Self.contentRange(field, size)
    } else {
      range = nil
    }
  }

  private static func range(_ field: String, _ size: Int) throws(Fault) -> Range<Int> {
    guard !field.contains(",") else {
      throw .badRequest(
        "Requests with multiple ranges are not supported in Glance. You may make multiple single-range requests "
          + "instead.")
    }
    switch HTTPRange.parse(field, length: size) {
    case .satisfiable(let ranges) where ranges.count == 1: return ranges[0]
    case .unsatisfiable:
      throw refusal("Invalid start position in Range header. Start position MUST be in the inclusive range", size)
    default: throw Fault(416, "Invalid Range header.", reason: .syntax)
    }
  }

  /// `bytes 0-4/11`, `bytes 0-4/*`
  private static func contentRange(_ field: String, _ size: Int) throws(Fault) -> Range<Int> {
    let parts = field.split { $0 == " " || $0 == "-" || $0 == "/" }
    guard parts.count == 4, parts[0] == "bytes", let first = Int(parts[1]), let last = Int(parts[2]), first <= last,
      last < Int.max, parts[3] == "*" || Int(parts[3]).map({ last < $0 }) == true
    else { throw Fault(416, "Invalid Content-Range header.", reason: .syntax) }
    guard last < size else {
      throw refusal(
        "Invalid stop position in Content-Range header. The stop position MUST be in the inclusive range", size)
    }
    return first..<(last + 1)
  }

  private static func refusal(_ words: String, _ size: Int) -> Fault {
    Fault(416, "\(words) [0, \(size - 1)].", reason: .lookup)
  }
}

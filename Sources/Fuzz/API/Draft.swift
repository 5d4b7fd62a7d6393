import OpenStackAPI

/// A request for a row, before it becomes bytes: each of its parts can still be damaged.
struct Draft {
  let row: Row
  var method: String
  /// The part of the path that names the world.
  var world = ""
  /// The parameters of the path, encoded.
  var values: [String] = []
  var query: String?
  var headers: [(name: String, value: String)] = []
  var body: Content?
  var mediaType: String?
  var isChunked = false

  enum Content {
    case json(JSON)
    case bytes([UInt8])

    var bytes: [UInt8] {
      switch self {
      case .json(let json): Array(json.jsonText.utf8)
      case .bytes(let bytes): bytes
      }
    }
  }

  init(_ row: Row) {
    self.row = row
    method = row.route.method.rawValue
  }

  var message: Message {
    var message = Message(method: method, target: target, headers: headers, isChunked: isChunked && body != nil)
    if let query { message.target += "?" + query }
    if let body { message.body = body.bytes }
    if let mediaType { message.headers.append(("Content-Type", mediaType)) }
    return message
  }

  private var target: String {
    var target = world + row.service.mount
    if !row.api.prefix.isEmpty { target += "/" + row.api.prefix }
    var values = values[...]
    for segment in row.segments {
      switch segment {
      case .literal(let word): target += "/" + word
      case .parameter: target += "/" + (values.popFirst() ?? "")
      }
    }
    return row.segments.isEmpty && row.api.prefix.isEmpty ? target + "/" : target
  }
}

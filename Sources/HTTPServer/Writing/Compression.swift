/// Chooses and applies gzip to a response (RFC 9110 sections 8.4 and 12.5.3).
enum Compression {
  /// Compresses the body if it is of a kind and size worth it and the client takes it. Whatever the client takes, the
  /// answer then says that it varies with Accept-Encoding.
  static func apply(
    to response: inout HTTPResponse, accepting values: @autoclosure () -> [String], minimumBytes: Int,
    compressor: GzipCompressor
  ) {
    guard case .bytes(let body) = response.body, body.count >= minimumBytes, isEligible(response) else { return }
    addVary(&response.headers)
    guard AcceptEncoding.allowsGzip(values()), let compressed = compressor.compress(body) else { return }
    response.body = .bytes(compressed)
    response.headers["Content-Encoding"] = "gzip"
    // The compressed bytes differ, so a strong validator would lie (RFC 9110 section 8.8.3.3).
    if let tag = response.headers["ETag"], tag.hasPrefix("\"") { response.headers["ETag"] = "W/" + tag }
  }

  private static func isEligible(_ response: HTTPResponse) -> Bool {
    guard response.status != 206, response.status != 204, response.status != 304,
      let type = response.headers["Content-Type"], isText(type)
    else { return false }
    return !response.headers.contains("Content-Encoding") && !response.headers.contains("Content-Range")
  }

  private static func isText(_ type: String) -> Bool {
    let name = type.prefix { $0 != ";" && $0 != " " }.lowercased()
    return name.hasPrefix("text/") || name == "application/json" || name.hasSuffix("+json") || name.hasSuffix("+xml")
      || name == "application/xml" || name == "application/javascript"
  }

  private static func addVary(_ headers: inout HTTPHeaders) {
    let present = headers.values("Vary")
    if present.isEmpty {
      headers.add("Vary", "Accept-Encoding")
      return
    }
    let names = present.joined(separator: ",").split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
    if names.contains(where: { equalIgnoringCase($0, "Accept-Encoding") || $0 == "*" }) { return }
    headers["Vary"] = present.joined(separator: ", ") + ", Accept-Encoding"
  }
}

/// How a request's body is delimited (RFC 9112 section 6.3).
enum BodyFraming: Equatable, Sendable {
  case length(Int)
  case chunked
}

/// A request head that was understood and accepted.
struct RequestHead: Sendable {
  var storage: HeadStorage
  var method: HTTPMethod
  var target: String
  var path: String
  var query: String?
  var authority: String?
  var isHTTP10: Bool
  var framing: BodyFraming
  var keepAlive: Bool
  var expectsContinue: Bool
}

/// Reads a whole request head (RFC 9112 sections 2 to 6). Strict: what another server might understand otherwise is
/// refused, so that no two readers of the same bytes see different requests.
///
/// `head` must be what `HeadScanner` found: every line feed in it follows a carriage return, and it ends with an
/// empty line.
enum RequestParser {
  static func parse(
    _ head: UnsafeRawBufferPointer, lines: Int, limits: HeadLimits
  ) throws(Rejection) -> RequestHead {
    let fieldCount = lines - 1
    guard fieldCount <= limits.fields else { throw .headTooLarge }
    let storage = HeadStorage(copying: head, fieldCapacity: fieldCount)
    let bytes = storage.bytes
    var lineEnd = ByteSyntax.index(of: ByteSyntax.lineFeed, in: bytes, from: 0) ?? bytes.count
    let line = try RequestLine.parse(UnsafeRawBufferPointer(rebasing: bytes[0..<max(0, lineEnd - 1)]), limits: limits)
    var facts = FieldFacts()
    var lineStart = lineEnd + 1
    for _ in 0..<fieldCount {
      lineEnd = ByteSyntax.index(of: ByteSyntax.lineFeed, in: bytes, from: lineStart) ?? bytes.count
      try parseField(lineStart..<max(lineStart, lineEnd - 1), storage, &facts)
      lineStart = lineEnd + 1
    }
    return try assemble(line, facts, storage)
  }

  private static func parseField(
    _ line: Range<Int>, _ storage: HeadStorage, _ facts: inout FieldFacts
  ) throws(Rejection) {
    let bytes = storage.bytes
    var colon = line.lowerBound
    while colon < line.upperBound, ByteSyntax.isToken(bytes[colon]) { colon += 1 }
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else {
      throw fieldRejection(bytes, line, colon)
    }
    var start = colon + 1
    var end = line.upperBound
    while start < end, ByteSyntax.isBlank(bytes[start]) { start += 1 }
    while end > start, ByteSyntax.isBlank(bytes[end - 1]) { end -= 1 }
    let value = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    guard ByteSyntax.isAllFieldContent(value) else {
      throw .malformed("A header field's value holds a control character.")
    }
    guard storage.append(name: line.lowerBound..<colon, value: start..<end) else { throw .headTooLarge }
    try facts.note(name: UnsafeRawBufferPointer(rebasing: bytes[line.lowerBound..<colon]), value: value)
  }

  private static func fieldRejection(
    _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>, _ stop: Int
  ) -> Rejection {
    guard stop < line.upperBound else { return .malformed("A header field has no colon.") }
    if ByteSyntax.isBlank(bytes[stop]) {
      return stop == line.lowerBound
        ? .malformed("A header field is folded over several lines.")
        : .malformed("A header field's name is followed by a space.")
    }
    return .malformed("A header field's name is malformed.")
  }

  private static func assemble(
    _ line: RequestLine, _ facts: FieldFacts, _ storage: HeadStorage
  ) throws(Rejection) -> RequestHead {
    let isHTTP10 = line.minorVersion == 0
    guard facts.hostCount == 1 || isHTTP10 && facts.hostCount == 0 else {
      throw .malformed(
        facts.hostCount == 0 ? "The Host header field is missing." : "The Host header field is repeated.")
    }
    let framing = try facts.framing(isHTTP10: isHTTP10)
    if !isHTTP10, facts.expectsOther {
      throw Rejection(status: 417, reason: "The only expectation supported is 100-continue.")
    }
    return RequestHead(
      storage: storage, method: line.method, target: line.target, path: line.path, query: line.query,
      authority: line.authority ?? facts.host, isHTTP10: isHTTP10, framing: framing,
      keepAlive: !facts.wantsClose && (!isHTTP10 || facts.wantsKeepAlive),
      expectsContinue: !isHTTP10 && facts.expectsContinue)
  }
}

/// How a response is delimited and what becomes of the connection (RFC 9112 sections 6.3 and 9.3): decided from the
/// request and the response alone.
struct ResponsePlan: Equatable {
  enum Framing: Equatable {
    /// Neither length nor body, as for 204.
    case none
    case length(Int)
    case chunked
    /// Ended by closing the connection, for HTTP/1.0.
    case untilClose
  }

  var status: Int
  var framing: Framing
  /// False for HEAD, 204 and 304, whatever the framing says of the body that GET would have.
  var sendsBody: Bool
  var keepAlive: Bool

  /// `length` is the body's length, nil if unknown. `mayKeepAlive` says whether request and server allow it.
  init(status: Int, length: Int?, stated: Int?, isHEAD: Bool, isHTTP10: Bool, mayKeepAlive: Bool) {
    self.status = (200...999).contains(status) ? status : 500
    keepAlive = mayKeepAlive
    if self.status == 204 || self.status == 304 {
      framing = self.status == 304 ? stated.map { .length($0) } ?? .none : .none
      sendsBody = false
      return
    }
    sendsBody = !isHEAD
    if let length {
      framing = .length(isHEAD && length == 0 ? stated ?? 0 : length)
    } else if isHTTP10 {
      framing = .untilClose
      keepAlive = false
    } else {
      framing = .chunked
    }
  }
}

/// Writes response heads.
enum ResponseHead {
  static func write(_ plan: ResponsePlan, headers: HTTPHeaders, isHTTP10: Bool, dates: DateCache, to out: OutputBuffer)
  {
    writeStatusLine(plan.status, to: out)
    // A handler may live in another time.
    if !headers.contains("Date") { dates.append(to: out) }
    for (name, value) in headers where isForward(name) {
      out.append(name)
      out.append(": ")
      if isURIReference(name) { out.append(uriReference: value) } else { out.append(fieldValue: value) }
      out.append("\r\n")
    }
    switch plan.framing {
    case .length(let length):
      out.append("Content-Length: ")
      out.append(number: length)
      out.append("\r\n")
    case .chunked: out.append("Transfer-Encoding: chunked\r\n")
    case .none, .untilClose: break
    }
    if !plan.keepAlive {
      out.append("Connection: close\r\n")
    } else if isHTTP10 {
      out.append("Connection: keep-alive\r\n")
    }
    out.append("\r\n")
  }

  /// Whether the handler's field is sent: its name must be a token, and not one that the server is responsible for.
  private static func isForward(_ name: String) -> Bool {
    name.withUTF8Bytes { bytes in
      switch bytes.count {
      case 10 where ByteSyntax.equalIgnoringCase(bytes, "connection"): false
      case 10 where ByteSyntax.equalIgnoringCase(bytes, "keep-alive"): false
      case 14 where ByteSyntax.equalIgnoringCase(bytes, "content-length"): false
      case 17 where ByteSyntax.equalIgnoringCase(bytes, "transfer-encoding"): false
      default: ByteSyntax.isAllToken(bytes)
      }
    }
  }

  /// Whether a field's value is a URI reference (RFC 9110 sections 8.7 and 10.2.2).
  private static func isURIReference(_ name: String) -> Bool {
    name.withUTF8Bytes { bytes in
      switch bytes.count {
      case 8: ByteSyntax.equalIgnoringCase(bytes, "location")
      case 16: ByteSyntax.equalIgnoringCase(bytes, "content-location")
      default: false
      }
    }
  }

  private static func writeStatusLine(_ status: Int, to out: OutputBuffer) {
    switch status {
    case 200: out.append("HTTP/1.1 200 OK\r\n")
    case 201: out.append("HTTP/1.1 201 Created\r\n")
    case 202: out.append("HTTP/1.1 202 Accepted\r\n")
    case 204: out.append("HTTP/1.1 204 No Content\r\n")
    default:
      out.append("HTTP/1.1 ")
      out.append(number: status)
      out.append(" ")
      out.append(HTTPStatus.reason(status))
      out.append("\r\n")
    }
  }
}

import HTTPServer

/// How bytes were taken.
enum Verdict: Sendable {
  case refused, taken
  /// Not as they should have been.
  case flaw(String)
}

/// Something to throw bytes at.
struct FuzzTarget: Sendable {
  var name: String
  /// Well-formed and nearly well-formed inputs to begin with.
  var corpus: [String]
  /// Pieces that mutations put in.
  var dictionary: [String]
  /// Reads the bytes. The number makes choices where there are any.
  var judge: @Sendable (UnsafeRawBufferPointer, UInt64) -> Verdict

  static let all = [http, json, regex]

  static let http = FuzzTarget(
    name: "http",
    corpus: [
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /v2.1/servers?limit=1 HTTP/1.1\r\nHost: [::1]:5000\r\nX-Auth-Token: x\r\nAccept: */*\r\n\r\nGET / HTTP/1.0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhelloPUT",
      "PUT /c HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=\"v\"\r\nhello\r\n0\r\nTrailer: x\r\n\r\nGET",
      "OPTIONS * HTTP/1.1\r\nHost:\r\nConnection: close, keep-alive\r\n\r\n",
      "HEAD http://h:80/p?q HTTP/1.1\r\nHost: h\r\nX:\t y \r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    dictionary: [
      "\r\n", "\r", "\n", "\r\n\r\n", " ", "\t", ":", "\0", "HTTP/1.1", "HTTP/1.0", "Content-Length: ",
      "Transfer-Encoding: chunked\r\n", "Host: a\r\n", "Connection: close\r\n", "Expect: 100-continue\r\n", "0\r\n\r\n",
      "1\r\nx\r\n", "9223372036854775807", "FFFFFFFFFFFFFFFF", "7FFFFFFFFFFFFFFF", "chunked", ",", ";", "-1", "+1",
      "http://", "?", "#", "/", "*", "\u{7f}", "ü", "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    judge: { bytes, seed in
      let (flaw, hasRequest) = ParserInvariants.check(bytes, seed: seed)
      return flaw.map(Verdict.flaw) ?? (hasRequest ? .taken : .refused)
    })
}

/// What the header fields that steer the connection say, gathered while they are parsed.
struct FieldFacts {
  private(set) var hostCount = 0
  private(set) var host: String?
  private(set) var wantsClose = false
  private(set) var wantsKeepAlive = false
  private(set) var expectsContinue = false
  private(set) var expectsOther = false
  private var contentLength: Int?
  private var transferCodings = TransferCodings()

  mutating func note(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) throws(Rejection) {
    switch name.count {
    case 4 where ByteSyntax.equalIgnoringCase(name, "host"): try noteHost(value)
    case 6 where ByteSyntax.equalIgnoringCase(name, "expect"): noteExpect(value)
    case 10 where ByteSyntax.equalIgnoringCase(name, "connection"): noteConnection(value)
    case 14 where ByteSyntax.equalIgnoringCase(name, "content-length"): try noteLength(value)
    case 17 where ByteSyntax.equalIgnoringCase(name, "transfer-encoding"): transferCodings.note(value)
    default: break
    }
  }

  /// RFC 9112 section 6.3.
  func framing(isHTTP10: Bool) throws(Rejection) -> BodyFraming {
    guard transferCodings.isPresent else { return .length(contentLength ?? 0) }
    if contentLength != nil { throw .malformed("Both Content-Length and Transfer-Encoding are given.") }
    if isHTTP10 { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
    try transferCodings.check()
    return .chunked
  }

  private mutating func noteHost(_ value: UnsafeRawBufferPointer) throws(Rejection) {
    hostCount += 1
    guard Authority.isValidHost(value) else { throw .malformed("The Host header field is malformed.") }
    host = String(decoding: value, as: UTF8.self)
  }

  private mutating func noteExpect(_ value: UnsafeRawBufferPointer) {
    for element in ByteSyntax.listElements(value) where !element.isEmpty {
      if ByteSyntax.equalIgnoringCase(element, "100-continue") {
        expectsContinue = true
      } else {
        expectsOther = true
      }
    }
  }

  private mutating func noteConnection(_ value: UnsafeRawBufferPointer) {
    if ByteSyntax.equalIgnoringCase(value, "keep-alive") {
      wantsKeepAlive = true
      return
    }
    for element in ByteSyntax.listElements(value) {
      if ByteSyntax.equalIgnoringCase(element, "close") { wantsClose = true }
      if ByteSyntax.equalIgnoringCase(element, "keep-alive") { wantsKeepAlive = true }
    }
  }

  private mutating func noteLength(_ value: UnsafeRawBufferPointer) throws(Rejection) {
    if contentLength != nil { throw .malformed("Content-Length is repeated.") }
    guard let length = decimal(value) else { throw .malformed("Content-Length is not a number.") }
    contentLength = length
  }
}

/// An unsigned decimal number of digits only; nil if it is anything else or does not fit.
func decimal(_ bytes: some Collection<UInt8>) -> Int? {
  var number = 0
  for byte in bytes {
    guard ByteSyntax.isDigit(byte) else { return nil }
    let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
    let (sum, carry) = tens.addingReportingOverflow(Int(byte) - 48)
    if overflow || carry { return nil }
    number = sum
  }
  return bytes.isEmpty ? nil : number
}

/// The transfer codings of a request. Only a single `chunked` is understood (RFC 9112 section 6.1).
struct TransferCodings {
  private enum Verdict { case none, chunked, unknown, malformed }
  private var verdict = Verdict.none

  var isPresent: Bool { verdict != .none }

  mutating func note(_ value: UnsafeRawBufferPointer) {
    if verdict == .none, ByteSyntax.equalIgnoringCase(value, "chunked") {
      verdict = .chunked
      return
    }
    // Several fields are one list; a server may only ever see `chunked` last, and once.
    guard verdict == .none else {
      verdict = .malformed
      return
    }
    let elements = ByteSyntax.listElements(value)
    let others = elements.dropLast()
    let endsChunked = elements.last.map { ByteSyntax.equalIgnoringCase($0, "chunked") } ?? false
    let areCodings = others.allSatisfy {
      ByteSyntax.isAllToken($0) && !ByteSyntax.equalIgnoringCase($0, "chunked")
        && !ByteSyntax.equalIgnoringCase($0, "identity")
    }
    verdict = endsChunked && areCodings ? .unknown : .malformed
  }

  func check() throws(Rejection) {
    switch verdict {
    case .chunked: break
    case .unknown: throw Rejection(status: 501, reason: "The only transfer coding supported is chunked.")
    case .none, .malformed: throw .malformed("Transfer-Encoding is not exactly chunked.")
    }
  }
}

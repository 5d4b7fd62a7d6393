import HTTPServer

/// The secrets of one request and its answer, by value, so that they can be hidden wherever they turn up: in a refusal
/// that repeats the input, in a URL, under another name.
///
///     var secrets = SecretValues(of: request)
///     secrets.add(in: body)
///     journal(secrets.hidden(body), secrets.hidden(refusal))
struct SecretValues {
  /// How many are looked for. Where there are more, the texts are hidden whole, so that the work stays in proportion to
  /// the texts.
  private static let most = 128
  /// A shorter secret is hidden only where it stands by itself: it may be a part of any word.
  private static let shortest = 8

  /// The longest first: one can be a part of another.
  private var values: [[UInt8]] = []

  /// None yet.
  init() {}

  /// One, in all the ways in which texts write it.
  mutating func add(_ text: String) {
    guard !text.isEmpty, values.count < Self.most else { return }
    insert(Array(text.utf8))
    // What is longer is a file, which no message repeats in another form.
    guard text.utf8.count <= Self.longestEncoded else { return }
    for written in [text.percentEncoded, inside(JSON.quoted(text)), inside(JSON.string(text).jsonText)] {
      insert(Array(written.utf8))
    }
  }

  private static let longestEncoded = 1024

  private func inside(_ quoted: String) -> String { String(quoted.dropFirst().dropLast()) }

  private mutating func insert(_ value: [UInt8]) {
    guard !value.isEmpty, !values.contains(value) else { return }
    values.insert(value, at: values.firstIndex { $0.count < value.count } ?? values.endIndex)
  }
}

// Where they are found.
extension SecretValues {
  /// Those in the header and the path of a request.
  init(of request: HTTPRequest) {
    for name in ["X-Auth-Token", "X-Subject-Token", "X-Service-Token", "Openstack-Auth-Receipt"] {
      for value in request.headers.values(name) { add(value) }
    }
    for value in request.headers.values("Authorization") { add(authorization: value) }
    var isToken = false
    for segment in request.path.split(separator: "/") {
      let segment = segment.percentDecoded()
      if isToken { add(segment) } else { add(embeddedIn: segment) }
      isToken = segment.utf8.suffix(6).elementsEqual("tokens".utf8)
    }
    if let query = request.query { add(inURL: "?" + query) }
  }

  /// What stands behind the scheme, and the password of `Basic` (RFC 7617).
  private mutating func add(authorization: String) {
    let credentials = authorization.drop { $0 != " " }.dropFirst()
    add(String(credentials))
    guard let bytes = Base64.decoded(credentials), let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return }
    add(String(decoding: bytes[(colon + 1)...], as: UTF8.self))
  }

  /// Those in a body: what is secret by its place, whatever its type, and what other texts carry.
  mutating func add(in body: JSON) {
    var found = self
    _ = body.replacingSecrets { secret in
      if secret.bool == nil { found.add(secret.pythonText) }
      // A credential keeps its secret in a text that is JSON itself.
      if let inner = secret.text, inner.utf8.first == UInt8(ascii: "{"), let blob = JSON(stored: inner) {
        found.add(in: blob)
      }
      return secret
    } others: { text in
      found.add(embeddedIn: text)
      return text
    }
    self = found
  }

  /// Those that show by themselves in a text: tokens of a cloud, and what URLs carry.
  mutating func add(embeddedIn text: String) {
    guard text.utf8.count > Secrets.token.count else { return }
    for word in Self.words(of: text, from: Secrets.token, upTo: { !Self.isWord($0) && $0 != UInt8(ascii: "-") }) {
      add("gAAAA" + word)
    }
    let isEnd: (UInt8) -> Bool = { $0 <= 0x20 || $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") }
    for url in Self.words(of: text, from: Array("://".utf8), upTo: isEnd) { add(inURL: url) }
  }

  /// What follows each occurrence of `start`, up to a byte that ends it.
  private static func words(of text: String, from start: [UInt8], upTo isEnd: (UInt8) -> Bool) -> [String] {
    var (found, place) = ([String](), 0)
    while let offset = text.offset(of: start, from: place), found.count < most {
      let word = text.utf8.dropFirst(offset + start.count).prefix { !isEnd($0) }
      found.append(String(decoding: word, as: UTF8.self))
      place = offset + start.count + word.count
    }
    return found
  }

  /// A password before the host, and parameters that are called as secrets are. A parameter can be the address of a page
  /// that has parameters itself.
  private mutating func add(inURL url: String) {
    let authority = url.utf8.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
    if let at = authority.lastIndex(of: UInt8(ascii: "@")), let colon = authority.firstIndex(of: UInt8(ascii: ":")),
      colon < at
    {
      add(String(decoding: authority[authority.index(after: colon)..<at], as: UTF8.self))
    }
    guard let question = url.utf8.firstIndex(of: UInt8(ascii: "?")) else { return }
    for parameter in String(url[question...]).percentDecoded().utf8.split(whereSeparator: Self.endsParameter) {
      guard let equals = parameter.lastIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: parameter[..<equals], as: UTF8.self).lowercased()
      let value = String(decoding: parameter[parameter.index(after: equals)...], as: UTF8.self)
      if Self.parameters.contains(where: { name.holds($0) }) { add(value) }
    }
  }

  private static func endsParameter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "?") || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "#")
  }

  private static let parameters = ["token", "secret", "pass", "sig", "code"].map { Array($0.utf8) }

  /// Whether a word goes on to a place. A percent escape before it ends one.
  private static func isWord(before place: Int, in bytes: [UInt8]) -> Bool {
    guard place > 0, isWord(bytes[place - 1]) else { return false }
    return place < 3 || bytes[place - 3] != UInt8(ascii: "%")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case 48...57, 65...90, 97...122, UInt8(ascii: "_"), 128...: true
    default: false
    }
  }
}

// What is left without them.
extension SecretValues {
  /// A text.
  func hidden(_ text: String) -> String {
    var secrets = self
    secrets.add(embeddedIn: text)
    guard secrets.values.count < Self.most else { return Secrets.mask }
    return secrets.values.reduce(text) { Self.hidden($1, in: $0) }
  }

  private static func hidden(_ value: [UInt8], in text: String) -> String {
    guard var place = text.offset(of: value) else { return text }
    let bytes = Array(text.utf8)
    var (result, done) = ([UInt8](), 0)
    while true {
      let end = place + value.count
      let isPart = isWord(before: place, in: bytes) || end < bytes.count && isWord(bytes[end])
      let isHidden = value.count >= shortest || !isPart
      result += bytes[done..<place] + (isHidden ? Array(Secrets.mask.utf8) : value)
      done = end
      guard let next = text.offset(of: value, from: end) else { break }
      place = next
    }
    return String(decoding: result + bytes[done...], as: UTF8.self)
  }

  /// A body, in which what is secret by its place is hidden too.
  func hidden(_ body: JSON) -> JSON {
    body.replacingSecrets { _ in
      .string(Secrets.mask)
    } others: {
      hidden($0)
    }
  }

  /// A refusal.
  func hidden(_ fault: Fault) -> Fault {
    var fault = fault
    fault.message = hidden(fault.message)
    fault.evidence = fault.evidence.mappingTexts(hidden)
    return fault
  }
}

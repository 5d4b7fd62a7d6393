import OpenStackAPI

/// A token as bytes, small enough that ids stay below 255 characters:
///
///     3, methods, kind of scope, user id, [scope's id], expiry, user's generation, audit id,
///     then fields of a tag and a value: 1 for the parent's audit id, 2 for a trust and its trustor's generation, 3 for
///     an application credential, 4 for an access token
///
/// An id of 32 hexadecimal digits is 255 and 16 bytes, one of 64 is 254 and 32 bytes, any other one its length and its
/// UTF-8; numbers are LEB128. Of receipts there is less to say:
///
///     2, methods, user id, expiry
enum TokenPayload {
  private static let version: UInt8 = 3
  private static let receiptVersion: UInt8 = 2
  private static let parentTag: UInt8 = 1
  private static let trustTag: UInt8 = 2
  private static let credentialTag: UInt8 = 3
  private static let accessTag: UInt8 = 4

  /// The bytes of a token.
  static func encode(_ token: Token) -> [UInt8] {
    var writer = PayloadWriter()
    writer.bytes.append(version)
    writer.put(number: Int(token.methods.rawValue))
    let (kind, id): (UInt8, String?) =
      switch token.scope {
      case .unscoped: (0, nil)
      case .project(let id): (1, id)
      case .domain(let id): (2, id)
      case .system: (3, nil)
      }
    writer.bytes.append(kind)
    writer.put(id: token.userID)
    if let id { writer.put(id: id) }
    for number in [token.expiresAt.seconds, token.userGeneration] { writer.put(number: number) }
    writer.bytes += token.auditID.bytes
    if let parent = token.parentAuditID { writer.bytes += [parentTag] + parent.bytes }
    if let delegation = token.delegation { encode(delegation, into: &writer) }
    return writer.bytes
  }

  private static func encode(_ delegation: Token.Delegation, into writer: inout PayloadWriter) {
    switch delegation {
    case .trust(let id, let generation):
      writer.bytes.append(trustTag)
      writer.put(id: id)
      writer.put(number: generation)
    case .applicationCredential(let id):
      writer.bytes.append(credentialTag)
      writer.put(id: id)
    case .accessToken(let id):
      writer.bytes.append(accessTag)
      writer.put(id: id)
    }
  }

  /// The token of some bytes; `nil` for those of another version.
  static func decode(_ bytes: [UInt8], issuedAt: Timestamp) -> Token? {
    var reader = PayloadReader(bytes: bytes[...])
    guard reader.byte() == version, let methods = reader.methods(), let kind = reader.byte(), let user = reader.id(),
      let scope = scope(kind, &reader), let expiry = reader.number(), let userGeneration = reader.number(),
      let audit = reader.take(AuditID.length)
    else { return nil }
    var token = Token(
      methods: methods, userID: user, userGeneration: userGeneration, scope: scope,
      issuedAt: issuedAt, expiresAt: Timestamp(seconds: expiry),
      auditID: AuditID(bytes: audit), parentAuditID: nil)
    while let tag = reader.byte() {
      guard read(tag, into: &token, &reader) else { return nil }
    }
    return token
  }

  private static func read(_ tag: UInt8, into token: inout Token, _ reader: inout PayloadReader) -> Bool {
    switch tag {
    case parentTag: token.parentAuditID = reader.take(AuditID.length).map(AuditID.init)
    case trustTag:
      guard let id = reader.id(), let generation = reader.number() else { return false }
      token.delegation = .trust(id, generation: generation)
    case credentialTag: token.delegation = reader.id().map { .applicationCredential($0) }
    case accessTag: token.delegation = reader.id().map { .accessToken($0) }
    default: return false
    }
    return tag == parentTag ? token.parentAuditID != nil : token.delegation != nil
  }

  /// The bytes of a receipt.
  static func encode(_ receipt: Receipt) -> [UInt8] {
    var writer = PayloadWriter()
    writer.bytes.append(receiptVersion)
    writer.put(number: Int(receipt.methods.rawValue))
    writer.put(id: receipt.userID)
    writer.put(number: receipt.expiresAt.seconds)
    return writer.bytes
  }

  /// The receipt of some bytes; `nil` for anything else.
  static func receipt(_ bytes: [UInt8]) -> Receipt? {
    var reader = PayloadReader(bytes: bytes[...])
    guard reader.byte() == receiptVersion, let methods = reader.methods(), let user = reader.id(),
      let expiry = reader.number()
    else { return nil }
    return Receipt(userID: user, methods: methods, expiresAt: Timestamp(seconds: expiry))
  }

  private static func scope(_ kind: UInt8, _ reader: inout PayloadReader) -> Token.Scope? {
    switch kind {
    case 0: .unscoped
    case 1: reader.id().map { .project($0) }
    case 2: reader.id().map { .domain($0) }
    case 3: .system
    default: nil
    }
  }
}

private struct PayloadWriter {
  var bytes: [UInt8] = []

  mutating func put(id: String) {
    if let digits = Hexadecimal.bytes(of: id), digits.count == 16 || digits.count == 32 {
      bytes.append(digits.count == 16 ? 255 : 254)
      bytes += digits
    } else {
      bytes.append(UInt8(truncatingIfNeeded: min(id.utf8.count, 253)))
      bytes += id.utf8.prefix(253)
    }
  }

  mutating func put(number: Int) {
    var rest = UInt(bitPattern: number)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

private struct PayloadReader {
  var bytes: ArraySlice<UInt8>

  mutating func byte() -> UInt8? { bytes.popFirst() }

  mutating func take(_ count: Int) -> [UInt8]? {
    guard bytes.count >= count else { return nil }
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
  }

  mutating func id() -> String? {
    guard let length = byte() else { return nil }
    if length >= 254 { return take(length == 255 ? 16 : 32).map { Identifiers.hex($0) } }
    return take(Int(length)).map { String(decoding: $0, as: UTF8.self) }
  }

  mutating func methods() -> AuthMethods? {
    number().flatMap { UInt16(exactly: $0) }.map(AuthMethods.init)
  }

  mutating func number() -> Int? {
    var value: UInt = 0
    for shift in stride(from: 0, to: 63, by: 7) {
      guard let byte = byte() else { return nil }
      value |= UInt(byte & 0x7F) << UInt(shift)
      if byte < 0x80 { return Int(bitPattern: value) }
    }
    return nil
  }
}

/// Hexadecimal digits as Keystone's ids have them: lower case, nothing between them.
enum Hexadecimal {
  /// The bytes of a text; `nil` unless `Identifiers.hex` would write them the same way.
  static func bytes(of text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var high: UInt8?
    for symbol in text.utf8 {
      let digit: UInt8
      switch symbol {
      case 48...57: digit = symbol - 48
      case 97...102: digit = symbol - 87
      default: return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}

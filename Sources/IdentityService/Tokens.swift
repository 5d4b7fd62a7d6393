import Locking
import OpenStackAPI
import Persistence

/// Why a token is worth nothing. Who presents it as his own reads 401 in any case; who asks about it (`GET
/// /v3/auth/tokens`) reads 404 and the reason.
enum TokenRefusal: Error {
  /// No token of this world.
  case unrecognized
  /// Expired, revoked, or its user or scope disabled or gone.
  case invalid
  /// The user has no role on its scope any more.
  case withoutRole
  /// What it was delegated by does not allow it (any more).
  case forbidden

  /// The answer to a question about the token.
  func fault(about id: String) -> Fault {
    switch self {
    case .unrecognized: .notFound("Could not recognize Fernet token")
    case .invalid: .notFound("Failed to validate token")
    case .withoutRole: .notFound("Could not find token: \(id).")
    case .forbidden: .forbiddenWithoutReason
    }
  }

  /// For whoever asks why.
  var inWords: String {
    switch self {
    case .unrecognized: "none of this world"
    case .invalid: "expired or revoked, or its user or scope disabled or gone"
    case .withoutRole: "without a role on its scope"
    case .forbidden: "not allowed any more by what it was delegated by"
    }
  }

  /// The answer to who asked for the token.
  var faultOfLogin: Fault { self == .forbidden ? .forbiddenWithoutReason : .unauthorized }
}

/// Makes and checks the tokens of one world, and remembers those it has checked for as long as no row that they depend
/// on changes.
final class Tokens: Sendable {
  /// A token's id as the key of the memory. The end of it is part of the signature, and only ids with a good signature
  /// are kept, so that nobody can choose ids which collide.
  private struct Key: Hashable, Sendable {
    let id: String

    func hash(into hasher: inout Hasher) {
      var end: UInt64 = 0
      for byte in id.utf8.suffix(10) { end = end << 6 ^ UInt64(byte) }
      hasher.combine(end)
    }
  }

  private struct Entry: Sendable {
    let token: ValidToken
    let moment: Moment
  }

  /// The state of the rows when a token was looked up.
  struct Moment: Sendable {
    /// The tables that a token depends on.
    private static let tables = [
      "users", "projects", "roles", "implied_roles", "role_assignments", "memberships", "revocations", "trusts",
      "trust_roles", "application_credentials", "application_credential_roles", "application_credential_access_rules",
      "access_tokens",
    ]

    /// The database's version.
    fileprivate let version: UInt64
    /// A number that changes with every change of the tables.
    fileprivate let stamp: UInt64

    /// Now. To be taken before the rows are read.
    init(_ world: World) {
      version = world.database.version
      stamp = Self.tables.reduce(0) { $0 &+ world.database.tableVersion($1) }
    }
  }

  private let checked = Locked(BoundedCache<Key, Entry>(bytes: 8 << 20))
  private let key = Locked<Fernet?>(nil)

  /// The tokens of a world.
  static func of(_ world: World) -> Tokens { world.remembered { Tokens() } }

  /// The world's key, read when it is first needed.
  private func fernet(_ world: World) throws -> Fernet {
    try key.withLock { key in
      if let key { return key }
      guard let fernet = Fernet(key: try FernetKey.load(world)) else { throw Fault.unexpected }
      key = fernet
      return fernet
    }
  }

  /// Makes the id of a new token that was looked up after a moment.
  func seal(_ token: ValidToken, since moment: Moment, in world: World) throws -> (id: String, token: ValidToken) {
    let id = try fernet(world).seal(
      TokenPayload.encode(token.token), at: token.token.issuedAt.seconds, vector: world.identifiers.bytes(16))
    remember(token, moment, Key(id: id))
    return (id, token)
  }

  /// Makes a receipt's id.
  func issue(_ receipt: Receipt, in world: World) throws -> String {
    try fernet(world).seal(
      TokenPayload.encode(receipt), at: world.now.seconds, vector: world.identifiers.bytes(16))
  }

  /// The receipt of an id, if it is one and has not ended.
  func receipt(_ id: String, in world: World) throws -> Receipt? {
    guard let (payload, _) = try fernet(world).open(id), let receipt = TokenPayload.receipt(payload),
      world.now < receipt.expiresAt
    else { return nil }
    return receipt
  }

  /// What a token says now. `window` is how long after its end it is still looked at.
  func validate(_ id: String, in world: World, window: Duration = .zero) throws -> ValidToken {
    let key = Key(id: id)
    if let known = known(key, world) {
      try Self.refuseExpired(known, in: world, window: window)
      return known
    }
    let moment = Moment(world)
    let valid = try world.read { try lookUp(id, in: world, window: window, $0) }
    remember(valid, moment, key)
    return valid
  }

  /// What a token says by the rows that a transaction sees, for what has to be sure of it there.
  func lookUp(_ id: String, in world: World, window: Duration = .zero, _ db: Connection) throws -> ValidToken {
    guard let (payload, seconds) = try fernet(world).open(id),
      let token = TokenPayload.decode(payload, issuedAt: Timestamp(seconds: seconds))
    else { throw TokenRefusal.unrecognized }
    guard world.now < token.expiresAt + window else { throw TokenRefusal.invalid }
    guard try !Revocation.exists(of: token, db) else { throw TokenRefusal.invalid }
    let valid = try ValidToken(token, db)
    try Self.refuseExpired(valid, in: world, window: window)
    return valid
  }

  /// A token that was looked up before, if nothing that it depends on has changed since. Mostly nothing at all has, which
  /// is one number to compare; otherwise the tables' numbers say whether the change concerns it.
  private func known(_ key: Key, _ world: World) -> ValidToken? {
    guard let entry = checked.withLock({ $0.value(for: key) }) else { return nil }
    guard entry.moment.version != world.database.version else { return entry.token }
    let now = Moment(world)
    guard entry.moment.stamp == now.stamp else { return nil }
    remember(entry.token, now, key)
    return entry.token
  }

  private func remember(_ token: ValidToken, _ moment: Moment, _ key: Key) {
    let bytes = key.id.weight + token.authorization.weight
    checked.withLock { $0.insert(Entry(token: token, moment: moment), for: key, bytes: bytes) }
  }

  private static func refuseExpired(_ token: ValidToken, in world: World, window: Duration) throws {
    let end = window == .zero ? token.endsAt : token.endsAt + window
    guard world.now < end else { throw TokenRefusal.invalid }
  }
}

/// The identity service's part in every other service's requests.
struct TokenChecker: TokenAuthority {
  let path = IdentityService.mount

  func authorization(for token: String, in world: World) throws -> Authorization {
    do {
      return try Tokens.of(world).validate(token, in: world).authorization
    } catch let refusal as TokenRefusal {
      throw Fault.unauthorized.because(["token": .string(refusal.inWords)])
    }
  }

  func identifiers(of kind: NamedKind, named name: String, _ db: Connection) throws -> [String] {
    let table = kind == .user ? "users" : "projects"
    return try db.query(
      "SELECT id FROM \(table) WHERE id = ?1 OR name = ?1 OR name_key = \(GeneralCollation.key(sql: "?1"))", name,
      as: String.self)
  }

  func projectExists(_ id: String, _ db: Connection) throws -> Bool {
    try db.exists("SELECT 1 FROM projects WHERE id = ? AND NOT is_domain", id)
  }
}

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

  /// The answer to a question about the token.
  func fault(about id: String) -> Fault {
    switch self {
    case .unrecognized: .notFound("Could not recognize Fernet token")
    case .invalid: .notFound("Failed to validate token")
    case .withoutRole: .notFound("Could not find token: \(id).")
    }
  }
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
    let stamp: UInt64
  }

  private let fernet: Fernet
  private let checked = Locked(BoundedCache<Key, Entry>(capacity: 8192))

  /// The tables that a token depends on.
  private static let tables = [
    "users", "projects", "roles", "implied_roles", "role_assignments", "memberships", "revocations",
  ]

  private init(key: Fernet) { fernet = key }

  /// The tokens of a world.
  static func of(_ world: World) throws -> Tokens {
    let kept: Kept = world.remembered { Kept() }
    return try kept.tokens(of: world)
  }

  /// Holds the tokens of a world once its key has been read.
  private final class Kept: Sendable {
    private let made = Locked<Tokens?>(nil)

    func tokens(of world: World) throws -> Tokens {
      try made.withLock { made in
        if let made { return made }
        guard let fernet = Fernet(key: try world.read(FernetKey.load)) else { throw Fault.unexpected }
        let tokens = Tokens(key: fernet)
        made = tokens
        return tokens
      }
    }
  }

  /// A number that changes with every change of the tables.
  private static func stamp(_ world: World) -> UInt64 {
    tables.reduce(0) { $0 &+ world.database.tableVersion($1) }
  }

  /// Makes a token and its id. It is worth nothing from the start when the user may not have it.
  func issue(_ token: Token, in world: World) throws -> (id: String, token: ValidToken) {
    let stamp = Self.stamp(world)
    let valid = try world.read { try ValidToken(token, $0) }
    let id = try fernet.seal(
      TokenPayload.encode(token), at: token.issuedAt.seconds, vector: world.identifiers.bytes(16))
    checked.withLock { $0.insert(Entry(token: valid, stamp: stamp), for: Key(id: id)) }
    return (id, valid)
  }

  /// What a token says now. `window` is how long after its end it is still looked at.
  func validate(_ id: String, in world: World, window: Duration = .zero) throws -> ValidToken {
    let key = Key(id: id)
    let stamp = Self.stamp(world)
    if let entry = checked.withLock({ $0.value(for: key) }), entry.stamp == stamp {
      try Self.refuseExpired(entry.token.token, in: world, window: window)
      return entry.token
    }
    guard let (payload, seconds) = fernet.open(id),
      let token = TokenPayload.decode(payload, issuedAt: Timestamp(seconds: seconds))
    else { throw TokenRefusal.unrecognized }
    try Self.refuseExpired(token, in: world, window: window)
    let valid = try world.read { db in
      guard try !Revocation.exists(of: token, db) else { throw TokenRefusal.invalid }
      return try ValidToken(token, db)
    }
    checked.withLock { $0.insert(Entry(token: valid, stamp: stamp), for: key) }
    return valid
  }

  private static func refuseExpired(_ token: Token, in world: World, window: Duration) throws {
    let end = window == .zero ? token.expiresAt : token.expiresAt + window
    guard world.now < end else { throw TokenRefusal.invalid }
  }
}

/// The identity service's part in every other service's requests.
struct TokenChecker: TokenAuthority {
  let path = IdentityService.mount

  func authorization(for token: String, in world: World) throws -> Authorization {
    do {
      return try Tokens.of(world).validate(token, in: world).authorization
    } catch is TokenRefusal {
      throw Fault.unauthorized
    }
  }

  func projectExists(_ id: String, _ db: Connection) throws -> Bool {
    try db.exists("SELECT 1 FROM projects WHERE id = ? AND NOT is_domain", id)
  }
}

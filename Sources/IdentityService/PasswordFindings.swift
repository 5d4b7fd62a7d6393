import OpenStackAPI

/// What a request found out about passwords: which of them fit which stored texts, and the texts to store for new ones.
///
/// Hashing takes tens of milliseconds, which is too long for a transaction, and what was looked up before it can be
/// another afterwards. So a transaction asks here for what it needs; where that is not known yet it is given up, the
/// hash computed on a queue, and the transaction begun anew. All that it looks at and all that it writes thus belong to
/// one moment, however long the hashing takes.
///
///     try await call.world.knowingPasswords { findings in
///       let hash = try findings.hash(of: new)
///       return try await call.world.write { db in ... try findings.fits(old, row.hash) ... }
///     }
struct PasswordFindings: Sendable {
  private struct Comparison: Hashable {
    let password: String
    let stored: String
  }

  private let world: World
  private var fitting: [Comparison: Bool] = [:]
  private var hashes: [String: String] = [:]

  fileprivate init(in world: World) { self.world = world }

  /// What is to be found out before a transaction can go on.
  fileprivate enum Missing: Error {
    case hash(of: String)
    case fit(of: String, to: [String])
  }

  /// The text to store for a new password.
  func hash(of password: String) throws -> String {
    guard let hash = hashes[password] else { throw Missing.hash(of: password) }
    return hash
  }

  /// Whether a password is the one that was stored.
  func fits(_ password: String, _ stored: String) throws -> Bool { try fits(password, anyOf: [stored]) }

  /// Whether a password is one of those that were stored.
  func fits(_ password: String, anyOf stored: [String]) throws -> Bool {
    let unknown = stored.filter { fitting[Comparison(password: password, stored: $0)] == nil }
    let checks = PasswordChecks.of(world)
    if unknown.contains(where: { checks.isKnown(password, stored: $0, in: world) }) { return true }
    guard unknown.isEmpty else { throw Missing.fit(of: password, to: unknown) }
    return stored.contains { fitting[Comparison(password: password, stored: $0)] == true }
  }

  fileprivate mutating func find(_ missing: Missing) async throws {
    switch missing {
    case .hash(let password): hashes[password] = try await Password.hash(password, in: world)
    case .fit(let password, let stored):
      for text in stored {
        fitting[Comparison(password: password, stored: text)] =
          await PasswordChecks.of(world).matches(password, stored: text, in: world)
      }
    }
    if let interlude = Self.afterHashing { await Self.$afterHashing.withValue(nil) { await interlude() } }
  }

  /// What tests do between hashing and what follows it.
  @TaskLocal static var afterHashing: (@Sendable () async -> Void)?

  /// How often a transaction begins anew: once for each password that it looks at, and again whenever another request
  /// changed one of them meanwhile.
  fileprivate static let rounds = 16
}

extension World {
  /// Carries out what needs to know of passwords, again and again until all is known that it asks for.
  func knowingPasswords<T: Sendable>(_ body: (PasswordFindings) async throws -> T) async throws -> T {
    var findings = PasswordFindings(in: self)
    for _ in 1...PasswordFindings.rounds {
      do {
        return try await body(findings)
      } catch let missing as PasswordFindings.Missing {
        try await findings.find(missing)
      }
    }
    throw Fault.conflict("The password is being changed by other requests.", reason: .state)
  }
}

/// What a token rests on that was made for less than all its user may do: services refuse with it what would let the
/// holder get more.
public struct Delegation: Sendable {
  /// By what the token was delegated.
  public enum Means: Sendable {
    /// Another user's trust (Identity API v3, "OS-TRUST").
    case trust
    /// The user's own application credential.
    case applicationCredential
    /// An OAuth access token (Identity API v3, "OS-OAUTH1").
    case accessToken
    /// A signature of Amazon's APIs. It is not Keystone's to take.
    case signature
  }

  /// How many pairs of a rule's symbol and a path's are looked at for one request.
  private static let mostSteps = 4_000_000

  /// By what the token was delegated.
  public let means: Means
  /// The id of the trust, the application credential or the access token.
  public let id: String
  /// Whether an application credential may make and delete others.
  public let isUnrestricted: Bool
  /// All that the token may be used for; `nil` for one that may be used for everything.
  public let accessRules: [AccessRule]?

  /// A delegation.
  public init(_ means: Means, id: String, isUnrestricted: Bool = false, accessRules: [AccessRule]? = nil) {
    (self.means, self.id, self.isUnrestricted, self.accessRules) = (means, id, isUnrestricted, accessRules)
  }

  /// Whether a request to a service may be made with the token. As in keystonemiddleware
  /// (auth_token._validate_allowed_request), the token itself can always be looked at. A rule's path may begin with the
  /// place where the service is mounted, or below it. A request whose path takes too long to compare with so many rules
  /// is not allowed.
  func allows(_ method: String, _ path: String, of service: String, mount: String) -> Bool {
    guard let accessRules else { return true }
    if service == "identity", method == "GET", path == "/v3/auth/tokens" { return true }
    var steps = Self.mostSteps
    return accessRules.contains { rule in
      rule.service == service && rule.method == method
        && (rule.matches(path, &steps) || rule.matches(mount + path, &steps))
    }
  }
}

/// One request that a token may be used for (Identity API v3, "Application Credentials", access rules).
public struct AccessRule: Sendable, Equatable {
  /// The type of the service: `compute`.
  public let service: String
  /// The method: `GET`.
  public let method: String
  /// The path, in which `*` and `{name}` stand for one segment and `**` for anything.
  public let path: String

  private enum Piece: Sendable, Equatable {
    case symbol(UInt8)
    case segment
    case anything
  }

  private let pieces: [Piece]

  /// A rule.
  public init(service: String, method: String, path: String) {
    (self.service, self.method, self.path) = (service, method, path)
    pieces = Self.pieces(of: path)
  }

  private static func pieces(of path: String) -> [Piece] {
    var pieces: [Piece] = []
    var rest = Array(path.utf8)[...]
    while let symbol = rest.popFirst() {
      switch symbol {
      case UInt8(ascii: "*"):
        if rest.first == UInt8(ascii: "*") {
          rest.removeFirst()
          pieces.append(.anything)
        } else {
          pieces.append(.segment)
        }
      case UInt8(ascii: "{"):
        guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { continue }
        rest = rest[(end + 1)...]
        pieces.append(.segment)
      default: pieces.append(.symbol(symbol))
      }
    }
    return pieces
  }

  /// Whether a path is one of those that the rule names. It takes as many steps as the product of the two lengths, and
  /// none is once there are no more.
  func matches(_ path: String, _ steps: inout Int) -> Bool {
    let text = Array(path.utf8)
    steps -= pieces.count * (text.count + 1)
    guard steps >= 0 else { return false }
    var reached = Array(repeating: false, count: text.count + 1)
    reached[0] = true
    for piece in pieces { reached = Self.step(piece, from: reached, through: text) }
    return reached[text.count]
  }

  /// Where a piece can end that begins at one of the places `from`.
  private static func step(_ piece: Piece, from: [Bool], through text: [UInt8]) -> [Bool] {
    var reached = Array(repeating: false, count: from.count)
    if piece == .anything { reached[0] = from[0] }
    for place in text.indices {
      switch piece {
      case .symbol(let symbol): reached[place + 1] = from[place] && text[place] == symbol
      case .segment: reached[place + 1] = (from[place] || reached[place]) && text[place] != UInt8(ascii: "/")
      case .anything: reached[place + 1] = from[place + 1] || reached[place]
      }
    }
    return reached
  }
}

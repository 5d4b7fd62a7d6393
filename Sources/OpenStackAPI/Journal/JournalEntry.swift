import HTTPServer

/// One request that a world answered.
public struct JournalEntry: Sendable {
  /// The request id, as the client read it.
  public let requestID: String
  /// When it was answered, by the world's clock.
  public let time: Timestamp
  /// How long the answer took to make, by the machine's clock.
  public let duration: Duration
  /// The type of the service.
  public let service: String
  /// The method.
  public let method: HTTPMethod
  let rawPath: String
  let rawQuery: String?
  /// What the request was matched to; `nil` where the service has nothing of the kind.
  public let route: JournalRoute?
  /// The microversion that counted.
  public let version: Version?
  /// Who called; `nil` where that was not asked, or not found out.
  public let caller: Authorization?
  /// The status of the answer.
  public let status: Int
  /// Why it was refused, without secrets.
  public internal(set) var refusal: Fault?
  /// Ids and names that the answer gives to what the request made or changed.
  public let shown: [String]
  /// The body of the request, where bodies are kept, without secrets.
  public let requestBody: JSON?
  /// The body of the answer, where bodies are kept, without secrets: JSON.
  public let responseBody: ByteBuffer?

  /// The path as it came, without secrets.
  public var path: String { Secrets.hidden(path: rawPath, query: nil) }
  /// The path and the query string as they came, without secrets.
  public var target: String { Secrets.hidden(path: rawPath, query: rawQuery) }
}

extension JournalEntry: Weighed {
  /// Those of the texts and bodies in it.
  public var weight: Int {
    512 + rawPath.weight + rawQuery.weight + shown.weight + refusal.weight + requestBody.weight + responseBody.weight
  }
}

/// What a journal says of a route. One for all requests: an entry costs a reference.
public final class JournalRoute: Sendable {
  /// The name of its policy rule.
  public let operation: String
  /// Its path with names for parameters, below the API's prefix.
  public let path: String
  /// The member of the body that selected it.
  public let action: String?
  /// The versions that have it.
  public let versions: VersionRange
  /// Its method, and how that is counted.
  let method: (sent: HTTPMethod, counted: CountedMethod)

  init(_ route: Route) {
    method = (route.method, CountedMethod(route.method))
    (operation, path, action, versions) = (route.operation, route.path, route.action, route.versions)
  }
}

/// What the configuration says of journals.
public struct JournalSettings: Sendable {
  /// How many requests each world remembers; 0 for none.
  public var entries = 1000
  /// How many bytes these may take: the oldest go first.
  public var bytes = 16 << 20
  /// Up to how many bytes bodies are kept; 0 for none.
  public var bodyBytes = 0
  /// The defaults.
  public init() {}
}

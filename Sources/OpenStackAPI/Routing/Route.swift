import HTTPServer

/// What a handler does with a call: it answers, or throws a `Fault`.
public typealias Handler = @Sendable (Call) async throws -> Response

/// One line of a service's route table. The router, the policy, the request checks, the discovery documents, the
/// coverage table and `pocketstack routes` all read it.
public struct Route: Sendable {
  /// The HTTP method.
  public let method: HTTPMethod
  /// The path below the API's prefix, with `:name` for a parameter.
  public let path: String
  /// The member of an action body that selects this route (`os-start` of `POST /servers/:id/action`).
  public let action: String?
  /// The upstream policy rule's name, which also names the operation.
  public let operation: String
  /// Who may call, unless the configuration says otherwise.
  public let rule: PolicyRule
  /// The versions that have the route.
  public let versions: VersionRange
  /// How the caller is checked.
  public let access: Access
  /// What the body must look like.
  public let body: Body?
  /// What the query string may hold; `nil` takes anything.
  public let query: Query?
  /// The status of success.
  public let returns: ByVersion<Int>
  /// The tables on which an answer depends, where answers are kept for as long as these do not change.
  public let keptWhile: [String]
  /// Whether requests of methods that the path does not have are answered as well.
  public private(set) var takesAnyMethod = false
  /// Whether it removes something, so that it may take the last room on a full disk.
  public private(set) var makesRoom: Bool
  let run: Handler

  /// How the caller is checked before the handler runs.
  public enum Access: Sendable {
    /// Anybody, without a token.
    case open
    /// A valid token; the rule is checked against the caller's own project and user.
    case token
    /// A valid token; the handler loads the resource and checks the rule against its owner (`Call.authorize`), because
    /// a stranger must read "not found" rather than "forbidden".
    case resource
  }

  init(
    _ method: HTTPMethod, _ path: String, action: String? = nil, _ operation: String, _ rule: PolicyRule,
    since: Version?, until: Version?, access: Access, query: Query?, body: Body?, returns: ByVersion<Int>,
    keptWhile: [String] = [], run: @escaping Handler
  ) {
    (self.method, self.path, self.action, self.operation, self.rule) = (method, path, action, operation, rule)
    (self.access, self.query, self.body, self.returns, self.run) = (access, query, body, returns, run)
    self.keptWhile = keptWhile
    versions = VersionRange(since: since, until: until)
    makesRoom = method == .delete
  }

  private init(_ route: Route, run: @escaping Handler) {
    (method, path, action, operation, rule) = (route.method, route.path, route.action, route.operation, route.rule)
    (versions, access, body, query, returns) = (route.versions, route.access, route.body, route.query, route.returns)
    (keptWhile, takesAnyMethod, makesRoom, self.run) = (route.keptWhile, route.takesAnyMethod, route.makesRoom, run)
  }

  /// The same route, which answers whatever the method is.
  public var forAnyMethod: Route {
    var route = self
    route.takesAnyMethod = true
    return route
  }

  /// The same route, which removes something though its method does not say so.
  public var makingRoom: Route {
    var route = self
    route.makesRoom = true
    return route
  }

  /// The same route, whose handler runs only after `check` let the call pass.
  public func after(_ check: @escaping @Sendable (Call) throws -> Void) -> Route {
    let run = run
    return Route(self) { call in
      try check(call)
      return try await run(call)
    }
  }
}

extension Route {
  /// A read. With `keptWhile` its answers are kept until one of those tables changes; that is for answers that depend
  /// on nothing but these tables, the request and the caller's scope and roles.
  public static func get(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, returns: ByVersion<Int> = 200, keptWhile: [String] = [],
    run: @escaping Handler
  ) -> Route {
    Route(
      .get, path, operation, rule, since: since, until: until, access: access, query: query, body: nil,
      returns: returns, keptWhile: keptWhile, run: run)
  }

  /// A read of headers only, where it differs from `get`.
  public static func head(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, returns: ByVersion<Int> = 200, run: @escaping Handler
  ) -> Route {
    Route(
      .head, path, operation, rule, since: since, until: until, access: access, query: query, body: nil,
      returns: returns, run: run)
  }

  /// A creation, or anything else that posts.
  public static func post(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, body: Body? = nil, returns: ByVersion<Int> = 202,
    run: @escaping Handler
  ) -> Route {
    Route(
      .post, path, operation, rule, since: since, until: until, access: access, query: query, body: body,
      returns: returns, run: run)
  }

  /// An action on a resource: `POST {path}` with a body of the one member `name`.
  public static func action(
    _ path: String, _ name: String, _ operation: String, _ rule: PolicyRule = .projectMember, since: Version? = nil,
    until: Version? = nil, access: Access = .resource, body: Body? = nil, returns: ByVersion<Int> = 202,
    run: @escaping Handler
  ) -> Route {
    Route(
      .post, path, action: name, operation, rule, since: since, until: until, access: access, query: nil,
      body: body ?? Body(name, .any), returns: returns, run: run)
  }

  /// A replacement.
  public static func put(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, body: Body? = nil, returns: ByVersion<Int> = 200,
    run: @escaping Handler
  ) -> Route {
    Route(
      .put, path, operation, rule, since: since, until: until, access: access, query: query, body: body,
      returns: returns, run: run)
  }

  /// A change of some members.
  public static func patch(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, body: Body? = nil, returns: ByVersion<Int> = 200,
    run: @escaping Handler
  ) -> Route {
    Route(
      .patch, path, operation, rule, since: since, until: until, access: access, query: query, body: body,
      returns: returns, run: run)
  }

  /// A deletion.
  public static func delete(
    _ path: String, _ operation: String, _ rule: PolicyRule = .anyone, since: Version? = nil, until: Version? = nil,
    access: Access = .token, query: Query? = nil, body: Body? = nil, returns: ByVersion<Int> = 204,
    run: @escaping Handler
  ) -> Route {
    Route(
      .delete, path, operation, rule, since: since, until: until, access: access, query: query, body: body,
      returns: returns, run: run)
  }
}

import HTTPServer

/// Which routes of a service a path leads to.
struct Lookup {
  enum Result {
    case found(Found)
    case wrongMethod([HTTPMethod])
    case unknownPath
  }

  struct Found {
    let api: API
    let candidates: [Router.Candidate]
    let values: [String]
    /// `/v2.1`, with the project where the path names one.
    let prefix: String
    /// The project that the path names.
    let project: String?

    /// A path may name the caller's own project, no other.
    func refuseForeignProject(_ caller: Authorization?) throws {
      guard let project, let caller, project != caller.projectID else { return }
      throw Fault.badRequest(
        "Malformed request URL: URL's project_id '\(project)' doesn't match Context's project_id "
          + "'\(caller.projectID ?? "None")'", reason: .route)
    }
  }

  let result: Result

  init(_ exchange: Exchange) {
    if exchange.service.refusesTrailingSlash, exchange.segments.count > 1, exchange.request.path.hasSuffix("/") {
      result = .unknownPath
      return
    }
    var allowed: [HTTPMethod] = []
    for api in exchange.service.apis where api.isServed(exchange.world) {
      switch Self.match(api, exchange) {
      case .found(let found):
        result = .found(found)
        return
      case .wrongMethod(let methods): allowed += methods
      case .unknownPath: continue
      }
    }
    result = allowed.isEmpty ? .unknownPath : .wrongMethod(allowed)
  }

  private static func match(_ api: API, _ exchange: Exchange) -> Result {
    var rest = exchange.segments[...]
    if !api.prefix.isEmpty {
      guard rest.first == api.prefix else { return .unknownPath }
      rest = rest.dropFirst()
    }
    let prefix = api.prefix.isEmpty ? "" : "/" + api.prefix
    let direct = result(of: api, rest, exchange, prefix: prefix, project: nil)
    guard case .unknownPath = direct, api.projectInPath, let project = rest.first, isProject(project) else {
      return direct
    }
    return result(of: api, rest.dropFirst(), exchange, prefix: "\(prefix)/\(project)", project: project)
  }

  private static func result(
    of api: API, _ rest: ArraySlice<String>, _ exchange: Exchange, prefix: String, project: String?
  ) -> Result {
    switch api.router.match(exchange.request.method, rest, headIsGET: exchange.service.headIsGET) {
    case .none: .unknownPath
    case .wrongMethod(let allowed): .wrongMethod(allowed)
    case .found(let candidates, let values):
      .found(Found(api: api, candidates: candidates, values: values, prefix: prefix, project: project))
    }
  }

  /// Nova takes `[0-9a-f-]+` for a project in the path.
  private static func isProject(_ segment: String) -> Bool {
    !segment.isEmpty && segment.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) || $0 == 45 }
  }
}

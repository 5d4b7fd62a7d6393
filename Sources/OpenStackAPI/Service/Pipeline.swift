import HTTPServer
import Persistence

/// The one road that every request of every service takes:
///
///     route → token → version → (policy) → body → query → (policy) → handler
///
/// The order decides which error a client sees, so it is upstream's: a missing token comes before an unknown version,
/// and a service says in its value whether the policy is asked before the body (Keystone) or after (Nova).
struct Pipeline {
  let exchange: Exchange
  /// The version to echo in the headers, once one is known.
  var version: Version?
  /// What the request was matched to, once that is known.
  var route: JournalRoute?
  /// Who calls, once that is known.
  var caller: Authorization?
  /// Why it was refused.
  var refusal: Fault?
  /// The body, once it was read.
  var body: JSON?

  private var service: Service { exchange.service }
  private var request: HTTPRequest { exchange.request }

  /// The answer, whatever happens.
  mutating func respond() async -> Response {
    if let response = service.bodyFilter.refusal(exchange) {
      refusal = Fault(HTTPBodyError.tooLarge(limit: exchange.world.bodyLimit))
      return response
    }
    do {
      return try await answer()
    } catch let fault as Fault {
      refusal = fault
      if fault.status >= 500, fault.status != 501, fault.reason != .injected { log(fault) }
      return service.dialect.response(to: fault, exchange)
    } catch let failure as HTTPBodyError {
      // Whoever reads a body may let this pass: no route has words of its own for it.
      let answer = refused(Fault(failure))
      return service.bodyFilter.refusal(failure, exchange) ?? answer
    } catch DatabaseError.searchTooLong(let name, let pattern) {
      return refused(search(for: pattern, of: name))
    } catch DatabaseError.closed {
      // Control calls do not hold the world that they look into: it ended, or is taken back to what it was.
      return refused(.conflict("The world is no longer what it was.", reason: .state))
    } catch {
      exchange.world.log.error(
        "request failed",
        metadata: ["request": "\(exchange.requestID)", "error": "\(secrets(nil).hidden("\(error)"))"])
      let fault = StorageTrouble(error).map { Fault($0) } ?? .unexpected
      refusal = fault.because(["error": .string("\(error)")])
      return service.dialect.response(to: fault, exchange)
    }
  }

  private mutating func refused(_ fault: Fault) -> Response {
    refusal = fault
    return service.dialect.response(to: fault, exchange)
  }

  /// The refusal of a filter whose expression takes too many steps.
  private func search(for pattern: String, of name: String) -> Fault {
    service.dialect.invalid(
      Violation(.string(pattern), "\(JSON.quoted(pattern)) is too complex a 'regex'", path: [name]), in: .query)
  }

  private func log(_ fault: Fault) {
    exchange.world.log.error(
      "request failed",
      metadata: ["request": "\(exchange.requestID)", "message": "\(secrets(nil).hidden(fault.message))"])
  }

  /// What of the request and its answer nobody else may read.
  func secrets(_ answer: JSON?) -> SecretValues {
    var secrets = SecretValues(of: request)
    for body in [body, answer] { if let body { secrets.add(in: body) } }
    return secrets
  }

  private mutating func answer() async throws -> Response {
    switch Lookup(exchange).result {
    case .unknownPath:
      if service.authenticatesUnknownPaths, service.dialect.needsToken(unknownPath: exchange) {
        _ = try authorization()
      }
      let response = service.dialect.unknownPath(exchange)
      if (response.status ?? 200) >= 400 { refusal = .notFound("The resource could not be found.", reason: .route) }
      return response
    case .wrongMethod(let allowed):
      if service.authenticatesUnknownPaths { _ = try authorization() }
      refusal = Fault(405, "Method not allowed", reason: .route).because([
        "method": .string(request.method.rawValue), "allowed": .array(allowed.map { .string($0.rawValue) }),
      ])
      return service.dialect.wrongMethod(allowed: allowed, exchange)
    case .found(let found): return try await serve(found)
    }
  }

  private mutating func serve(_ found: Lookup.Found) async throws -> Response {
    route = found.candidates.first?.journaled
    let isOpen = found.candidates.contains { $0.route.access == .open }
    caller = isOpen ? nil : try authorization()
    let version = try negotiate(found.api)
    try found.refuseForeignProject(caller)
    var candidates = found.candidates.filter { $0.route.versions.contains(version) }
    guard let first = candidates.first else { throw absent(found.candidates, at: version) }
    route = first.journaled
    if service.checksPolicyFirst { try authorize(first.route, caller) }
    let body = try await readBody(for: candidates.map(\.route))
    self.body = body
    if first.route.action != nil { candidates = try selectAction(of: body, from: found.candidates, version) }
    guard let candidate = candidates.first else { throw absent(found.candidates, at: version) }
    route = candidate.journaled
    let taken = found.api.dropsUnknownMembers ? body.map { stripped($0, candidate.route, version) } : body
    let query = try check(candidate.route, taken, version)
    if !service.checksPolicyFirst { try authorize(candidate.route, caller) }
    let call = Call(
      exchange: exchange, candidate: candidate, values: found.values, prefix: found.prefix, version: version,
      query: query, body: taken ?? .null, authorization: caller)
    var response = try await outcome(of: call)
    response.status = response.status ?? candidate.route.returns[version]
    return response
  }

  /// The handler's answer, or what a rule for faults makes of it.
  private func outcome(of call: Call) async throws -> Response {
    do {
      guard !exchange.world.faults.isEmpty, !service.controlsWorlds else { return try await run(call) }
      return try await exchange.world.faults.answer(to: call) { try await run(call) }
    } catch let fault as Fault where fault.evidence.isNull && fault.reason == .lookup {
      throw fault.because(["path": call.parametersByName])
    }
  }

  /// The refusal of what exists, though not at this version.
  private func absent(_ candidates: [Router.Candidate], at version: Version) -> Fault {
    let ranges = candidates.map { candidate -> JSON in
      let versions = candidate.route.versions
      return [
        "operation": .string(candidate.route.operation), "since": .string(version: versions.since),
        "until": .string(version: versions.until),
      ]
    }
    return Fault.notFound("The resource could not be found.", reason: .version).because([
      "asked": .string(version.description), "served": .array(ranges),
    ])
  }

  private func run(_ call: Call) async throws -> Response {
    guard !call.route.makesRoom else { return try await DiskReserve.spend { try await call.route.run(call) } }
    guard !call.route.keptWhile.isEmpty else { return try await call.route.run(call) }
    let kept = call.world.remembered { KeptAnswers() }
    return try await kept.answer(to: call) { try await call.route.run(call) }
  }

  private func authorization() throws -> Authorization {
    guard let token = request.headers["X-Auth-Token"], !token.isEmpty else {
      throw Fault.unauthorized.because(["token": "missing"])
    }
    let caller = try exchange.world.crossings.tokens.authorization(for: token, in: exchange.world)
    guard let delegation = caller.delegation else { return caller }
    if delegation.means == .signature, service.type == "identity" {
      throw Fault.forbidden("You are not authorized to perform the requested action.")
    }
    let path = exchange.segments.map { "/" + $0 }.joined()
    guard delegation.allows(request.method.rawValue, path, of: service.type, mount: exchange.mount) else {
      throw Fault.unauthorized.because([
        "token": "not for this", "method": .string(request.method.rawValue), "path": .string(path),
      ])
    }
    return caller
  }

  private mutating func negotiate(_ api: API) throws -> Version {
    guard let microversions = api.microversions else { return api.fixedVersion }
    do {
      let version = try microversions.negotiate(request.headers, exchange.world)
      self.version = version
      return version
    } catch {
      version = error.echo
      throw error.fault
    }
  }

  private func authorize(_ route: Route, _ caller: Authorization?) throws {
    guard route.access == .token, let caller else { return }
    guard exchange.world.policies.allows(route.operation, caller, caller.ownTarget) else {
      throw service.dialect.denied(route.operation).because(
        exchange.world.policies.evidence(route.operation, caller, caller.ownTarget))
    }
  }

  /// The body as JSON, for routes that take one; others leave it to the handler.
  private func readBody(for routes: [Route]) async throws -> JSON? {
    guard routes.contains(where: { $0.body != nil }) else { return nil }
    let bytes = try await request.wholeBody(in: exchange.world)
    try refuseMediaType(bodyIsEmpty: bytes.isEmpty)
    do {
      return try JSON(parsing: bytes)
    } catch {
      if bytes.isEmpty, routes.allSatisfy({ $0.action == nil && $0.body?.isOptional == true }) { return nil }
      throw service.dialect.malformedBody(error).because(["error": .string("\(error)")])
    }
  }

  private func refuseMediaType(bodyIsEmpty: Bool) throws {
    guard !bodyIsEmpty, let given = request.headers["Content-Type"] else { return }
    let mediaType = given.prefix { $0 != ";" }.lowercased()
    guard service.dialect.accepts(mediaType: mediaType) else {
      throw service.dialect.unsupported(mediaType: mediaType).because(["media_type": .string(mediaType)])
    }
  }

  /// The candidates whose action is the one member of the body.
  private func selectAction(
    of body: JSON?, from all: [Router.Candidate], _ version: Version
  ) throws -> [Router.Candidate] {
    guard let object = body?.object, object.members.count == 1, let name = object.members.first?.key else {
      throw service.dialect.malformedBody(nil).because(["error": "expected an object of one member, the action"])
    }
    let named = all.filter { $0.route.action == name }
    guard !named.isEmpty else {
      throw Fault.badRequest("There is no such action: \(name)", reason: .route).because(["action": .string(name)])
    }
    return named.filter { $0.route.versions.contains(version) }
  }

  private func stripped(_ body: JSON, _ route: Route, _ version: Version) -> JSON {
    route.body?.schema.strip(body, version) ?? body
  }

  /// The body comes first, as in Nova's one call that has rules for both.
  private func check(_ route: Route, _ body: JSON?, _ version: Version) throws -> QueryParameters {
    if let rules = route.body, let body {
      guard rules.root == nil || body.object != nil else {
        throw service.dialect.malformedBody(nil).because(["error": "expected an object"])
      }
      if let violation = rules.schema.check(body, version) { throw invalid(violation, in: .body, version) }
    }
    if request.query?.isPercentDecodable == false, let refusal = service.dialect.undecodableQuery(of: route) {
      throw refusal
    }
    let query = QueryParameters(parsing: request.query)
    do {
      return try route.query?.check(query, version) ?? query
    } catch {
      throw invalid(error, in: .query, version)
    }
  }

  private func invalid(_ violation: Violation, in place: InputPlace, _ version: Version) -> Fault {
    service.dialect.invalid(violation, in: place).because([
      "place": place == .body ? "body" : "query", "path": .string(violation.path.joined(separator: ".")),
      "rule": .string(violation.detail), "version": .string(version.description),
    ])
  }
}

/// What the configuration says of requests in general.
public struct APILimits: Sendable {
  /// The largest JSON body, in bytes.
  public var jsonBodyBytes: Int
  /// The default: what oslo.middleware's `max_request_body_size` is.
  public init(jsonBodyBytes: Int = 114_688) { self.jsonBodyBytes = jsonBodyBytes }
}

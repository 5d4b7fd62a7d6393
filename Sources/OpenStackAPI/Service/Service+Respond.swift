import HTTPServer

extension Service {
  /// Answers a request that was routed to this service.
  public func respond(to exchange: Exchange) async -> HTTPResponse {
    let journal = controlsWorlds || exchange.world.journal.settings.entries == 0 ? nil : exchange.world.journal
    let begin = ContinuousClock.now
    var pipeline = Pipeline(exchange: exchange)
    let response = await pipeline.respond()
    var headers = HTTPHeaders()
    if let contentType = response.contentType { headers.add("Content-Type", contentType) }
    for (name, value) in response.headers { headers.add(name, value) }
    for (name, value) in dialect.headers(exchange, version: pipeline.version) { headers.add(name, value) }
    headers.add("x-openstack-request-id", exchange.requestID)
    let status = response.status ?? 200
    let duration = ContinuousClock.now - begin
    exchange.world.metrics.count(type, pipeline.route, exchange.request.method, status, duration)
    if let journal { journal.record(pipeline.entry(response, status, took: duration)) }
    return HTTPResponse(status: status, headers: headers, body: response.body)
  }
}

extension Pipeline {
  /// The journal's line about the request.
  fileprivate func entry(_ response: Response, _ status: Int, took duration: Duration) -> JournalEntry {
    let request = exchange.request
    let keepsBodies = exchange.world.journal.settings.bodyBytes > 0
    let answer = keepsBodies ? kept(response.body) : nil
    // Most requests are neither refused nor kept whole, and say nothing that could repeat a secret.
    let secrets = keepsBodies || refusal != nil ? secrets(answer) : nil
    return JournalEntry(
      requestID: exchange.requestID, time: exchange.world.now, duration: duration,
      service: exchange.service.type, method: request.method, rawPath: secrets?.hidden(request.path) ?? request.path,
      rawQuery: request.query.map { secrets?.hidden($0) ?? $0 }, route: route, version: version, caller: caller,
      status: status, refusal: refusal.flatMap { secrets?.hidden($0) }, shown: shown(response),
      requestBody: keepsBodies ? body.flatMap { secrets?.hidden($0) } : nil,
      responseBody: answer.flatMap { secrets?.hidden($0).buffer })
  }

  /// What the answer to a request that makes something calls that: by a member, or as the place where it is.
  private func shown(_ response: Response) -> [String] {
    let method = exchange.request.method
    guard method == .post || method == .put, (200..<300).contains(response.status ?? 200) else { return [] }
    let place = response.headers.last { $0.0.lowercased() == "location" }?.1.split(separator: "/").last
    return Self.names(response.body) + [place].compactMap { $0.map(String.init) }
  }

  /// Ids and names in a small body: `{"flavor": {"id": ...}}`, `{"id": ...}`.
  private static func names(_ body: HTTPResponseBody) -> [String] {
    guard case .bytes(let bytes) = body, (1...4096).contains(bytes.count),
      let answer = try? bytes.withUnsafeBytes({ try JSON(parsing: Array($0)) }), let members = answer.object?.members
    else { return [] }
    let made = members.count == 1 && members[0].value.object != nil ? members[0].value : answer
    return ["id", "uuid", "image_id", "name", "namespace"].compactMap { made[$0]?.text }
  }

  private func kept(_ body: HTTPResponseBody) -> JSON? {
    guard case .bytes(let bytes) = body, bytes.count <= exchange.world.journal.settings.bodyBytes else { return nil }
    return bytes.withUnsafeBytes { try? JSON(parsing: Array($0)) }
  }
}

extension JSON {
  /// The value as it goes over the wire.
  fileprivate var buffer: ByteBuffer {
    var json = JSONWriter()
    json.value(self)
    return json.finish()
  }
}

import HTTPServer

extension Service {
  /// Answers a request that was routed to this service.
  public func respond(to exchange: Exchange) async -> HTTPResponse {
    let journal = controlsWorlds || exchange.world.journal.settings.entries == 0 ? nil : exchange.world.journal
    let begin = journal == nil ? nil : ContinuousClock.now
    var pipeline = Pipeline(exchange: exchange)
    let response = await pipeline.respond()
    var headers = HTTPHeaders()
    if let contentType = response.contentType { headers.add("Content-Type", contentType) }
    for (name, value) in response.headers { headers.add(name, value) }
    for (name, value) in dialect.headers(exchange, version: pipeline.version) { headers.add(name, value) }
    headers.add("x-openstack-request-id", exchange.requestID)
    if let journal, let begin { journal.record(pipeline.entry(response, since: begin)) }
    return HTTPResponse(status: response.status ?? 200, headers: headers, body: response.body)
  }
}

extension Pipeline {
  /// The journal's line about the request.
  fileprivate func entry(_ response: Response, since begin: ContinuousClock.Instant) -> JournalEntry {
    let request = exchange.request
    return JournalEntry(
      requestID: exchange.requestID, time: exchange.world.now, duration: ContinuousClock.now - begin,
      service: exchange.service.type, method: request.method, path: request.path, query: request.query, route: route,
      version: version, caller: caller, status: response.status ?? 200, refusal: refusal, requestBody: body,
      responseBody: kept(response.body))
  }

  private func kept(_ body: HTTPResponseBody) -> ByteBuffer? {
    let limit = exchange.world.journal.settings.bodyBytes
    guard limit > 0, case .bytes(let bytes) = body, bytes.count <= limit else { return nil }
    return bytes
  }
}

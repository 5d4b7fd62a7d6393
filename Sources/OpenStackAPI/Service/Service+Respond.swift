import HTTPServer

extension Service {
  /// Answers a request that was routed to this service.
  public func respond(to exchange: Exchange) async -> HTTPResponse {
    var pipeline = Pipeline(exchange: exchange)
    let response = await pipeline.respond()
    var headers = HTTPHeaders()
    if let contentType = response.contentType { headers.add("Content-Type", contentType) }
    for (name, value) in response.headers { headers.add(name, value) }
    for (name, value) in dialect.headers(exchange, version: pipeline.version) { headers.add(name, value) }
    headers.add("x-openstack-request-id", exchange.requestID)
    return HTTPResponse(status: response.status ?? 200, headers: headers, body: response.body)
  }
}

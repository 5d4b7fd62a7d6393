// Answering a request.
extension Connection {
  /// What an answer must know of its request.
  private struct Exchange {
    var isHEAD: Bool
    var isHTTP10: Bool
    var mayKeepAlive: Bool
  }

  private enum Delivery {
    case complete(keepAlive: Bool)
    /// Nothing was sent; a 500 is due.
    case notStarted
    case broken
  }

  private static let maxCopiedBodyBytes = 4096

  /// Sends the answer; whether the connection goes on.
  func respond(_ response: HTTPResponse, to head: RequestHead, _ stream: RequestBodyStream?) async -> Bool {
    var response = response
    if configuration.gzip {
      Compression.apply(
        to: &response, accepting: HTTPHeaders(parsed: head.storage).values("Accept-Encoding"),
        minimumBytes: configuration.gzipMinimumBytes, compressor: loop.compressor)
    }
    let exchange = Exchange(
      isHEAD: head.method == .head, isHTTP10: head.isHTTP10,
      mayKeepAlive: head.keepAlive && !core.isDraining && !asksToClose(response.headers)
        && mayFollow(stream, response.body))
    var delivery = await deliver(response, exchange)
    if case .notStarted = delivery { delivery = await deliverFailure(exchange) }
    stream?.finish()
    guard case .complete(let keepAlive) = delivery else {
      socket.close(reset: true)
      return false
    }
    var isDrained = true
    if let stream, keepAlive { isDrained = await stream.discard(limit: configuration.maxDrainedBodyBytes) }
    if keepAlive, isDrained { return true }
    if !isDrained || !(stream?.isAtEnd ?? true) || !inbox.isEmpty { await linger() }
    return false
  }

  /// Answers a request that no handler saw, then ends the connection.
  func refuse(_ rejection: Rejection) async {
    let exchange = Exchange(isHEAD: false, isHTTP10: false, mayKeepAlive: false)
    if case .complete = await deliver(core.rejection(rejection.status, rejection.reason), exchange) { await linger() }
  }

  /// Tells the client to send its body; false if that was not possible, or an answer is already on its way.
  func sendContinue() -> Bool {
    guard !isAnswering else { return true }
    let line: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
    let bytes = UnsafeRawBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount)
    if case .done(bytes.count) = socket.send(bytes) { return true }
    return false
  }

  /// Whether another request can follow a body that the handler may have left unread.
  private func mayFollow(_ stream: RequestBodyStream?, _ body: HTTPResponseBody) -> Bool {
    guard let stream, !stream.isAtEnd else { return true }
    if stream.hasFailed { return false }
    if case .stream = body { return true }
    if stream.owesContinue { return false }
    // How long the rest of a chunked body is, nobody knows: the connection goes on only after one that is here already.
    guard let remaining = stream.remaining else { return stream.dropArrived() }
    return remaining <= configuration.maxDrainedBodyBytes
  }

  private func asksToClose(_ headers: HTTPHeaders) -> Bool {
    guard let value = headers["Connection"] else { return false }
    return value.split(separator: ",").contains { equalIgnoringCase($0.filter { $0 != " " }, "close") }
  }

  private func deliver(_ response: HTTPResponse, _ exchange: Exchange) async -> Delivery {
    switch response.body {
    case .empty: await deliver(.none, response, exchange)
    case .disconnect: .broken
    case .bytes(let buffer): await deliver(.buffer(buffer), response, exchange)
    case .file(let region): await deliver(region, response, exchange)
    case .stream(let length, let produce): await deliver(length, produce, response, exchange)
    }
  }

  private func deliverFailure(_ exchange: Exchange) async -> Delivery {
    var exchange = exchange
    exchange.mayKeepAlive = false
    return await deliver(core.rejection(500, "The server failed to make the response."), exchange)
  }

  private func plan(_ response: HTTPResponse, length: Int?, _ exchange: Exchange) -> ResponsePlan {
    let stated =
      length == 0 && (exchange.isHEAD || response.status == 304)
      ? response.headers["Content-Length"].flatMap { decimal($0.utf8) } : nil
    return ResponsePlan(
      status: response.status, length: length, stated: stated, isHEAD: exchange.isHEAD,
      isHTTP10: exchange.isHTTP10, mayKeepAlive: exchange.mayKeepAlive)
  }

  private func writeHead(_ plan: ResponsePlan, _ response: HTTPResponse, _ exchange: Exchange) {
    isAnswering = true
    ResponseHead.write(
      plan, headers: response.headers, isHTTP10: exchange.isHTTP10, dates: loop.dates, to: loop.out)
  }

  private func deliver(_ payload: Payload, _ response: HTTPResponse, _ exchange: Exchange) async -> Delivery {
    let plan = plan(response, length: payload.count, exchange)
    writeHead(plan, response, exchange)
    var rest = plan.sendsBody ? payload : .none
    if rest.count <= Self.maxCopiedBodyBytes {
      rest.withBytes(loop.out.append)
      rest = .none
    }
    return await flush(rest) ? .complete(keepAlive: plan.keepAlive) : .broken
  }

  private func deliver(_ region: FileRegion, _ response: HTTPResponse, _ exchange: Exchange) async -> Delivery {
    guard let file = try? region.opened() else { return .notStarted }
    let plan = plan(response, length: region.length, exchange)
    let sendsBody = plan.sendsBody && region.length > 0
    writeHead(plan, response, exchange)
    guard await flush(more: sendsBody) else { return .broken }
    guard sendsBody else { return .complete(keepAlive: plan.keepAlive) }
    return await sendFile(file, region) ? .complete(keepAlive: plan.keepAlive) : .broken
  }

  private func deliver(
    _ length: Int?, _ produce: @Sendable (HTTPBodyWriter) async throws -> Void, _ response: HTTPResponse,
    _ exchange: Exchange
  ) async -> Delivery {
    let plan = plan(response, length: length.map { max(0, $0) }, exchange)
    guard plan.sendsBody else {
      writeHead(plan, response, exchange)
      return await flush() ? .complete(keepAlive: plan.keepAlive) : .broken
    }
    let stream = ResponseStream(connection: self, plan: plan) { self.writeHead(plan, response, exchange) }
    var failed = false
    do {
      try await produce(HTTPBodyWriter(stream))
    } catch {
      failed = true
    }
    switch await stream.finish(failed: failed) {
    case .complete: return .complete(keepAlive: plan.keepAlive)
    case .notStarted: return .notStarted
    case .broken: return .broken
    }
  }
}

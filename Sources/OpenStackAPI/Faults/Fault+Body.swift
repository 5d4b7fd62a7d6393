import HTTPServer

extension Fault {
  /// What a client reads whose body could not be read to its end: the mistake is the client's, or the network's. The
  /// connection ends with the answer, as nobody can tell where the next request begins.
  init(_ failure: HTTPBodyError) {
    switch failure {
    case .tooLarge(let limit): self = Fault.bodyTooLarge.because(["maximum": .integer(limit)])
    case .timedOut: self = Fault(408, "The request body did not arrive in time.", reason: .limit)
    case .incomplete: self = .badRequest("The request body ended too early.", reason: .syntax)
    case .malformedChunk: self = .badRequest("The request body is not in valid chunks.", reason: .syntax)
    }
  }
}

extension HTTPRequest {
  /// The whole body, for routes that do not have it read by the pipeline; no longer than a JSON body may be.
  public func wholeBody(in world: World) async throws(HTTPBodyError) -> [UInt8] {
    try await body.collect(upTo: world.bodyLimit)
  }
}

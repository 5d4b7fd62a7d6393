import OpenStackAPI

/// What the services tell of changes, as messages of oslo.messaging's notifier, while one listens.
enum NotificationResource {
  static let routes: [Route] = [
    .get("/notifications", "notification:list", access: .open, query: query, run: follow)
  ]

  private static let query = Query([QueryParameter("event_type", .string(1...255))], refusesUnknownSince: Version(0, 0))

  @Sendable private static func follow(_ call: Call) async throws -> Response {
    let pattern = call.query["event_type"] ?? "*"
    return EventStream.response("notification", try await call.world.notifications.follow(call.world)) { message in
      message.eventType.fits(pattern: pattern) ? message.text : nil
    }
  }
}

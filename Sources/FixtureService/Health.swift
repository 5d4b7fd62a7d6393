import OpenStackAPI

/// Whether the process answers, for whoever watches over it.
enum Health {
  static let routes: [Route] = [
    .get("/health", "health", access: .open) { _ in .json { $0.member("status", "ok") } }
  ]
}

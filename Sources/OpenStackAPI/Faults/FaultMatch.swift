import HTTPServer

/// Which requests or resources a rule for faults is about. What is `nil` fits everything.
public struct FaultMatch: Sendable, Equatable {
  /// The type of a service: `compute`.
  public var service: String?
  /// The name of a route's policy rule.
  public var operation: String?
  /// The ids of projects.
  public var projects: [String]?
  /// The ids of users.
  public var users: [String]?
  /// The id or the name of a resource.
  public var resource: String?
  /// An HTTP method.
  public var method: String?
  /// A path as the client wrote it, below the world's address; `*` stands for anything.
  public var path: String?

  /// Fits everything.
  public init() {}

  func fits(_ call: Call, _ names: [String]) -> Bool {
    let exchange = call.exchange
    return fits(service, exchange.service.type) && fits(operation, call.route.operation)
      && fits(projects, call.possibleCaller?.projectID) && fits(users, call.possibleCaller?.user.id)
      && fits(method, exchange.request.method.rawValue)
      && (path.map { (exchange.mount + "/" + exchange.segments.joined(separator: "/")).fits(pattern: $0) }
        ?? true)
      && (resource.map(names.contains) ?? true)
  }

  func fits(_ subject: FaultSubject) -> Bool {
    fits(projects, subject.project) && fits(users, subject.user)
      && (resource.map { $0 == subject.id || $0 == subject.name } ?? true)
  }

  private func fits(_ wanted: String?, _ found: String?) -> Bool { wanted == nil || wanted == found }

  private func fits(_ wanted: [String]?, _ found: String?) -> Bool {
    guard let wanted else { return true }
    return found.map(wanted.contains) ?? false
  }
}

/// What a domain fault strikes: a server, an image, or a project at its quota.
public struct FaultSubject: Sendable {
  let id: String?
  let name: String?
  let project: String?
  let user: String?
  let taskState: String?

  /// A resource, or what is known of it.
  public init(
    id: String? = nil, name: String? = nil, project: String? = nil, user: String? = nil, taskState: String? = nil
  ) {
    (self.id, self.name, self.project, self.user, self.taskState) = (id, name, project, user, taskState)
  }
}

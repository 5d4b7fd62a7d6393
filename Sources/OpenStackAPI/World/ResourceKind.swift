import Persistence

/// A resource as those see it who wait for it.
public struct ResourceState: Sendable, RowDecodable {
  /// Its id.
  public let id: String
  /// Its name.
  public let name: String?
  /// Its status, as the service's API writes it.
  public let status: String

  /// A resource.
  public init(id: String, name: String?, status: String) { (self.id, self.name, self.status) = (id, name, status) }

  /// Reads `id, name, status`.
  public init(row: inout Row) throws { (id, name, status) = (try row.next(), try row.next(), try row.next()) }
}

/// A kind of resource that has a status which others can wait for. Services declare theirs.
public struct ResourceKind: Sendable {
  /// What it is called: `server`.
  public let name: String
  /// The status of one that does not come to what was wanted of it.
  public let failure: String
  /// Those that have an id or a name, which is what the second argument is.
  let lookUp: @Sendable (Connection, String) throws -> [ResourceState]

  /// A kind of resource.
  public init(
    _ name: String, failure: String, lookUp: @escaping @Sendable (Connection, String) throws -> [ResourceState]
  ) {
    (self.name, self.failure, self.lookUp) = (name, failure, lookUp)
  }

  /// A resource by its id or name, or the refusal that says why there is not the one.
  func find(_ goal: ResourceGoal, _ world: World) throws -> ResourceState? {
    let all = try world.read { try lookUp($0, goal.resource) }
    let found = all.first { $0.id == goal.resource } ?? all.first
    guard all.count < 2 || found?.id == goal.resource else {
      throw Fault.conflict(
        "There are \(all.count) \(name)s named \(goal.resource); name one by its id.", reason: .state)
    }
    guard found != nil || goal.meansGone else {
      throw Fault.notFound("There is no \(name) \(goal.resource).")
    }
    return found
  }
}

/// A status that a resource is to reach.
public struct ResourceGoal: Sendable {
  /// The kind of resource.
  public let kind: ResourceKind
  /// Its id or name.
  public let resource: String
  /// The status, in any case; `deleted` is also reached by what is not there.
  public let status: String

  /// A goal in a world; refused where the world has no such kind.
  public init(_ kind: String, _ resource: String, _ status: String, in world: World) throws {
    guard let known = world.resources[kind] else {
      let names = world.resources.keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
      throw Fault.badRequest("There is no kind of resource '\(kind)'; there are \(names).")
    }
    (self.kind, self.resource, self.status) = (known, resource, status)
  }

  var meansGone: Bool { status.uppercased() == "DELETED" }

  /// What a look finds.
  public enum Look: Sendable {
    /// It is there. What is gone has no state of its own any more.
    case reached(ResourceState)
    /// It failed.
    case failed(ResourceState)
    /// It may still come.
    case waiting(ResourceState)
  }

  /// Looks how far it is.
  public func look(_ world: World) throws -> Look {
    guard let state = try kind.find(self, world) else {
      return .reached(ResourceState(id: resource, name: nil, status: status))
    }
    if state.status.uppercased() == status.uppercased() { return .reached(state) }
    return state.status == kind.failure ? .failed(state) : .waiting(state)
  }

  /// The refusal of a goal that was not reached: `The server web is BUILD, and nothing more is to come.`
  public func refusal(_ state: ResourceState?, _ words: String) -> Fault {
    let comma = words.hasPrefix("and") ? "," : ""
    return .conflict(
      "The \(kind.name) \(resource) is \(state?.status ?? "gone")\(comma) \(words).", reason: .state)
  }
}

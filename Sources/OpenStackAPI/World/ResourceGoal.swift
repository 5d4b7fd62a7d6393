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

  private var meansGone: Bool { status.uppercased() == "DELETED" }

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
    guard let state = try find(world) else {
      return .reached(ResourceState(id: resource, name: nil, status: status))
    }
    if state.status.uppercased() == status.uppercased() { return .reached(state) }
    return state.status == kind.status?.failure ? .failed(state) : .waiting(state)
  }

  /// The resource, or the refusal that says why there is not the one.
  func find(_ world: World) throws -> ResourceState? {
    let all = try world.read { try kind.states(of: resource, $0) }
    let found = all.first { $0.id == resource } ?? all.first
    guard all.count < 2 || found?.id == resource else {
      throw Fault.conflict(
        "There are \(all.count) \(kind.name)s named \(resource); name one by its id.", reason: .state)
    }
    guard found != nil || meansGone else {
      throw Fault.notFound("There is no \(kind.name) \(resource).")
    }
    return found
  }

  /// The refusal of a goal that was not reached: `The server web is BUILD, and nothing more is to come.`
  public func refusal(_ state: ResourceState?, _ words: String) -> Fault {
    let comma = words.hasPrefix("and") ? "," : ""
    return .conflict(
      "The \(kind.name) \(resource) is \(state?.status ?? "gone")\(comma) \(words).", reason: .state)
  }
}

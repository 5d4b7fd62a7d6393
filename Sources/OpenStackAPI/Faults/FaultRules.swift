import Locking
import Persistence
import Synchronization

/// The rules for faults of one world. A world without any pays one look at a flag a request.
public final class FaultRules: Sendable {
  private let hasRules = Atomic(false)
  private let rules = Locked<[FaultRule]>([])
  private let made = Atomic(0)

  init() {}

  /// Whether there is no rule.
  public var isEmpty: Bool { !hasRules.load(ordering: .relaxed) }

  /// All rules, in the order in which they were made and are asked.
  public var all: [FaultRule] { rules.withLock { $0 } }

  /// The rule of an id.
  public subscript(_ id: String) -> FaultRule? { all.first { $0.id == id } }

  /// How many rules there may be: each request is compared with all of them.
  public static let most = 1000

  /// Makes one rule more, under a name of its own; `nil` where there are as many as there may be.
  public func add(_ effect: FaultEffect, match: FaultMatch = FaultMatch(), choice: FaultRule.Choice = .init())
    -> FaultRule?
  {
    let number = made.add(1, ordering: .relaxed).newValue
    let rule = FaultRule(id: "fault-\(number)", effect, match: match, choice: choice)
    return rules.withLock { rules in
      guard rules.count < Self.most else { return nil }
      rules.append(rule)
      hasRules.store(true, ordering: .relaxed)
      return rule
    }
  }

  /// Removes the rules that `isMeant` names; how many they were.
  @discardableResult
  public func remove(where isMeant: (FaultRule) -> Bool) -> Int {
    rules.withLock { rules in
      let before = rules.count
      rules.removeAll(where: isMeant)
      hasRules.store(!rules.isEmpty, ordering: .relaxed)
      return before - rules.count
    }
  }

  /// The domain fault of a kind that strikes a resource now, counted.
  public func take(_ fault: DomainFault, _ subject: @autoclosure () throws -> FaultSubject) rethrows -> DomainFailure? {
    guard !isEmpty else { return nil }
    let subject = try subject()
    return rules.withLock { rules in
      for index in rules.indices {
        guard case .domain(fault, let message, let taskState) = rules[index].effect, rules[index].match.fits(subject),
          taskState == nil || taskState == subject.taskState, rules[index].strikes()
        else { continue }
        return DomainFailure(message: message)
      }
      return nil
    }
  }

  /// What strikes a request, by the ids of the rules; delays as long as they are this time.
  func take(for call: Call) throws -> [(id: String, effect: FaultEffect)] {
    let names = all.contains { $0.match.resource != nil } ? try call.resourceNames : []
    return rules.withLock { rules in
      var effects: [(id: String, effect: FaultEffect)] = []
      for index in rules.indices {
        if case .domain = rules[index].effect { continue }
        guard rules[index].match.fits(call, names), rules[index].strikes() else { continue }
        var effect = rules[index].effect
        if case .delay(let duration, let jitter) = effect {
          effect = .delay(rules[index].delay(duration, jitter), jitter: .zero)
        }
        effects.append((rules[index].id, effect))
      }
      return effects
    }
  }
}

extension Call {
  /// Ids and names of what the request is about: what its path names, what that is called, and how the body names it.
  var resourceNames: [String] {
    get throws {
      let ids = parameterValues
      let called = try world.read { db in try ids.compactMap { try exchange.service.resourceName($0, db) } }
      return ids + called + [input["name"]?.text].compactMap { $0 }
    }
  }
}

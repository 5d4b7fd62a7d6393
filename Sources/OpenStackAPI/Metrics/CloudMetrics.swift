import HTTPServer
import Locking
import Persistence

/// What a cloud counts, all its worlds together, since it was made. A world that ends takes nothing away.
///
/// Each service counts behind a lock of its own, held for some tens of nanoseconds.
public final class CloudMetrics: Sendable {
  /// Stands for the service of answers that no service gives.
  public static let nobody = "none"

  /// The commits and rows of all databases.
  public let writes = WriteCounts()
  private let counters: [ServiceCounter]
  private let transitions = Locked<[TransitionCount.Subject: Int]>([:])

  /// Counts for services of these types.
  public init(services: [String] = []) { counters = (services + [Self.nobody]).map(ServiceCounter.init) }

  /// Counts a request that was answered, and how long that took where it was measured. Without a method it was no request.
  public func count(
    _ service: String, _ route: JournalRoute?, _ method: HTTPMethod?, _ status: Int, _ duration: Duration?
  ) {
    for counter in counters where counter.service == service {
      return counter.count(route, method, status, duration)
    }
  }

  /// What was counted, service by service.
  public var services: [ServiceMetrics] { counters.map(\.metrics) }

  /// Counts a transition that was carried out, or failed.
  func count(_ transition: Transition, _ outcome: TransitionCount.Outcome) {
    let subject = TransitionCount.Subject(kind: transition.kind, outcome: outcome)
    transitions.withLock { $0[subject, default: 0] += 1 }
  }

  /// The transitions that were carried out or failed.
  public var transitionCounts: [TransitionCount] {
    transitions.withLock { $0 }.map { TransitionCount(subject: $0, count: $1) }
      .sorted { ($0.subject.kind, $0.subject.outcome.rawValue) < ($1.subject.kind, $1.subject.outcome.rawValue) }
  }
}

/// How many transitions of a kind ended in one way.
public struct TransitionCount: Sendable {
  /// How a transition ended.
  public enum Outcome: String, Sendable {
    /// It was carried out.
    case done
    /// It was given up, for a reason that the log has.
    case failed
  }

  /// What is counted.
  public struct Subject: Sendable, Hashable {
    /// What carried it out: `server`.
    public let kind: String
    /// How it ended.
    public let outcome: Outcome
  }

  /// What was counted.
  public let subject: Subject
  /// How often.
  public let count: Int
}

import OpenStackAPI

/// The services of a cloud and what they offer one another. Adding a service to PocketStack is adding a line here.
public struct CloudServices: Sendable {
  /// The services, in the order in which a new cloud is seeded: whoever others refer to comes first.
  public let all: [Service]
  /// How they reach one another.
  public let crossings: Crossings

  /// A cloud of these services.
  public init(_ all: [Service], crossings: Crossings) { (self.all, self.crossings) = (all, crossings) }

  /// The service of a type: `compute`.
  public subscript(_ type: String) -> Service? { all.first { $0.type == type } }

  /// The policy rules that the services ask for.
  var declaredRules: [String: PolicyRule] {
    all.map(\.declaredRules).reduce(into: [:]) { all, some in all.merge(some) { first, _ in first } }
  }

  /// Refuses replaced policy rules that nobody asks for or that do not parse, by name.
  func check(_ replaced: [String: String], _ file: Configuration) throws {
    guard !replaced.isEmpty else { return }
    let declared = declaredRules
    let known = try Policies(declared: declared).names
    for (name, text) in replaced.sorted(by: { $0.key < $1.key }) {
      guard known.contains(name) else {
        throw file.mistake("policy.\(name)", "unknown policy rule; `pocketstack routes` lists them as operations")
      }
      do {
        _ = try Policies(declared: declared, replaced: [name: text])
      } catch {
        throw file.mistake("policy.\(name)", "\(error)")
      }
    }
  }
}

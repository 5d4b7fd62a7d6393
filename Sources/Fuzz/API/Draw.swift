import OpenStackAPI

/// Where all choices of a round come from.
final class Draw {
  var random: Random
  var known = Knowledge()
  /// Who calls: whose ids `own` stands for.
  var caller: Persona?
  /// A token that may be revoked.
  var spareToken = ""
  /// An image that servers boot from.
  var seededImage = ""
  /// The project of an ordinary member.
  var memberProject = ""
  /// The id of the last request that was refused.
  var refusedRequest = ""
  private var names = 0

  init(seed: UInt64) { random = Random(seed: seed) }

  /// A name that nothing has yet.
  func name() -> String {
    names += 1
    return "n\(names)"
  }

  func hex(_ count: Int = 32) -> String {
    var text = ""
    for _ in 0..<count { text += String(random.below(16), radix: 16) }
    return text
  }

  func uuid() -> String {
    [8, 4, 4, 4, 12].map { hex($0) }.joined(separator: "-")
  }

  /// An id of a kind: mostly the newest, which nothing has been done to, or one of the caller's own.
  func id(of kind: String, _ choice: IDChoice) -> String? {
    let known = known.ids(of: kind)
    switch choice {
    case .own: return caller?.id(of: kind) ?? known.last
    case .newest: return known.last ?? caller?.id(of: kind)
    case .any: return random.once(in: 8) ? caller?.id(of: kind) ?? random.pick(known) : random.pick(known)
    }
  }
}

/// Which of the known ids is taken.
enum IDChoice { case newest, own, any }

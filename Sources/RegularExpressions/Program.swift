/// One step of a compiled expression. Places are indexes of instructions.
enum Instruction: Sendable {
  /// Takes a character of a set, then goes on behind.
  case scalar(Int32)
  /// Goes on at the first place; where that fails, at the second. The number counts the splits.
  case split(Int32, Int32, number: Int32)
  case jump(Int32)
  case assertion(Assertion)
  case match
  case fail
  /// Keeps the place in the text.
  case save(register: Int32)
  /// Takes what lies between two registers.
  case reference(register: Int32, ignoringCase: Bool)
  /// Goes on behind if a group has matched, else elsewhere.
  case condition(register: Int32, otherwise: Int32)
  /// Repeats, unless the last repetition took nothing.
  case again(at: Int32, unlessStuckAt: Int32)
  /// A group that keeps its first match, from here to `leaveAtomic`.
  case enterAtomic(register: Int32)
  case leaveAtomic(register: Int32)
  /// A look that must succeed, from here to `leaveLook`. It begins so many characters further back.
  case enterLook(register: Int32, back: Int32)
  case leaveLook(register: Int32)
  /// A look that must fail, after which it goes on elsewhere.
  case enterNegatedLook(register: Int32, back: Int32, after: Int32)
  case leaveNegatedLook(register: Int32)
  /// A look that an automaton decides.
  case look(Int32, back: Int32, isNegated: Bool)
}

/// A compiled expression.
struct Program: Sendable {
  var instructions: [Instruction] = []
  /// The sets that instructions name by number.
  var sets: [ScalarSet]
  /// How many places in the text are kept: groups that something refers to, and what repetitions and looks need.
  var registers = 0
  var splits = 0
  /// The insides of looks that automata decide.
  var looks: [Program] = []
  /// Whether a place that was tried before can only fail again.
  var forgetsItsPast = true
  /// Whether a match begins at the beginning of the text, or not at all.
  var beginsAtStart = false
  /// What assertions ask of the characters beside a place.
  var asks: Surroundings = []
}

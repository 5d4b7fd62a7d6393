/// Turns a tree into instructions.
struct Compiler {
  private(set) var program: Program
  private let referred: Set<Int>
  /// The number of the set of all characters.
  private let any: Int
  private var groups: [Int: Int32] = [:]

  /// A compiler for an expression with certain sets and referred groups; the last set is that of all characters.
  private init(_ sets: [ScalarSet], referred: Set<Int>) {
    program = Program(sets: sets)
    self.referred = referred
    any = sets.count - 1
  }

  /// What an automaton runs: the expression, or one that matches wherever it does.
  static func automaton(_ node: Node, _ sets: [ScalarSet]) -> Program {
    var compiler = Compiler(sets, referred: [])
    return compiler.whole(node.relaxed(any: sets.count - 1))
  }

  /// What a backtracking search runs.
  static func backtracking(_ node: Node, _ sets: [ScalarSet], referred: Set<Int>) -> Program {
    var compiler = Compiler(sets, referred: referred)
    compiler.program.forgetsItsPast = node.forgetsItsPast(referred: referred)
    return compiler.whole(node)
  }

  private mutating func whole(_ node: Node) -> Program {
    program.beginsAtStart = node.beginsAtStart
    add(node)
    emit(.match)
    return program
  }

  private var here: Int32 { Int32(program.instructions.count) }

  private mutating func emit(_ instruction: Instruction) { program.instructions.append(instruction) }

  /// Leaves room for an instruction that depends on what comes after it.
  private mutating func reserve() -> Int {
    emit(.fail)
    return program.instructions.count - 1
  }

  private mutating func set(_ place: Int, _ instruction: Instruction) { program.instructions[place] = instruction }

  private mutating func split(_ first: Int32, _ second: Int32) -> Instruction {
    program.splits += 1
    return .split(first, second, number: Int32(program.splits - 1))
  }

  private mutating func register(_ count: Int = 1) -> Int32 {
    program.registers += count
    return Int32(program.registers - count)
  }

  /// The two registers of a group.
  private mutating func registers(of group: Int) -> Int32 {
    if let known = groups[group] { return known }
    let new = register(2)
    groups[group] = new
    return new
  }

  private mutating func add(_ node: Node) {
    switch node {
    case .empty: break
    case .never: emit(.fail)
    case .scalar(let set): emit(.scalar(Int32(set)))
    case .assertion(let assertion):
      program.asks.formUnion(assertion.asks)
      emit(.assertion(assertion))
    case .sequence(let nodes): for node in nodes { add(node) }
    case .choice(let nodes): add(nodes[...])
    case .repeated(let node, let repetition): add(node, repetition)
    case .group(let node, let number): addGroup(node, number)
    case .atomic(let node): addAtomic(node)
    case .look(let node, let look): add(node, look)
    case .reference(let number, let ignoringCase):
      emit(.reference(register: registers(of: number), ignoringCase: ignoringCase))
    case .condition(let group, let yes, let no): addCondition(group, yes, no)
    }
  }

  private mutating func add(_ branches: ArraySlice<Node>) {
    guard let first = branches.first else { return }
    guard branches.count > 1 else { return add(first) }
    var ends: [Int] = []
    for branch in branches.dropLast() {
      let choice = reserve()
      add(branch)
      ends.append(reserve())
      set(choice, split(Int32(choice + 1), here))
    }
    if let last = branches.last { add(last) }
    for end in ends { set(end, .jump(here)) }
  }

  private mutating func addGroup(_ node: Node, _ number: Int) {
    guard referred.contains(number) else { return add(node) }
    let registers = registers(of: number)
    emit(.save(register: registers))
    add(node)
    emit(.save(register: registers + 1))
  }

  private mutating func addAtomic(_ node: Node) {
    let register = register()
    emit(.enterAtomic(register: register))
    add(node)
    emit(.leaveAtomic(register: register))
  }

  private mutating func addCondition(_ group: Int, _ yes: Node, _ no: Node) {
    let test = reserve()
    add(yes)
    let end = reserve()
    set(test, .condition(register: registers(of: group), otherwise: here))
    add(no)
    set(end, .jump(here))
  }

  private mutating func add(_ node: Node, _ look: Look) {
    let back = Int32(look.back)
    if node.isAutomatic(referred: referred) {
      program.looks.append(Self.automaton(node, program.sets))
      return emit(.look(Int32(program.looks.count - 1), back: back, isNegated: look.isNegated))
    }
    let register = register(2)
    let enter = reserve()
    add(node)
    emit(look.isNegated ? .leaveNegatedLook(register: register) : .leaveLook(register: register))
    set(
      enter,
      look.isNegated
        ? .enterNegatedLook(register: register, back: back, after: here) : .enterLook(register: register, back: back))
  }
}

extension Compiler {
  private mutating func add(_ node: Node, _ repetition: Repetition) {
    if repetition.kind == .possessive {
      return addAtomic(.repeated(node, Repetition(minimum: repetition.minimum, maximum: repetition.maximum)))
    }
    for _ in 0..<repetition.minimum { add(node) }
    if let maximum = repetition.maximum {
      addOptional(node, times: maximum - repetition.minimum, isLazy: repetition.kind == .lazy)
    } else {
      addLoop(node, isLazy: repetition.kind == .lazy)
    }
  }

  private mutating func addOptional(_ node: Node, times: Int, isLazy: Bool) {
    var choices: [Int] = []
    for _ in 0..<times {
      choices.append(reserve())
      add(node)
    }
    for choice in choices { set(choice, split(into: choice + 1, isLazy: isLazy)) }
  }

  /// Goes on behind the split or here, preferably behind unless it is lazy.
  private mutating func split(into inside: Int, isLazy: Bool) -> Instruction {
    isLazy ? split(here, Int32(inside)) : split(Int32(inside), here)
  }

  private mutating func addLoop(_ node: Node, isLazy: Bool) {
    let choice = reserve()
    if program.forgetsItsPast || node.width(Array(repeating: .zero, count: 0)).least > 0 {
      add(node)
      emit(.jump(Int32(choice)))
    } else {
      let register = register()
      emit(.save(register: register))
      add(node)
      emit(.again(at: Int32(choice), unlessStuckAt: register))
    }
    set(choice, split(into: choice + 1, isLazy: isLazy))
  }
}

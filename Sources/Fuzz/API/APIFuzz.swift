import Glibc

/// Sends requests made of the tables of routes to a server of its own, and fails on what no server should answer:
///
///     Fuzz api 300000 1                    # requests, seed
///     Fuzz api 300000 1 --round 7          # of that run only the round 7
///     Fuzz api 300000 1 --round 7 --until 123
///
/// The same seed gives the same requests in the same order. Each round has a server process of its own and depends on none
/// before it.
enum APIFuzz {
  struct Options {
    var requests = 10_000
    var seed: UInt64 = 1
    var round: Int?
    var until: Int?
    /// The program to start: the one beside this one.
    var program = ServerProcess.neighbour("pocketstack")
    var lists = "Tests/Fuzz"
    /// The row whose requests and answers are shown.
    var show: String?

    static let requestsOfRound = 5000
    var rounds: Int { max(1, (requests + Self.requestsOfRound - 1) / Self.requestsOfRound) }

    /// How many requests a round has; the last one has the rest.
    func requestsInRound(_ number: Int) -> Int {
      min(Self.requestsOfRound, requests - number * Self.requestsOfRound)
    }
  }

  /// The exit status.
  static func run(_ arguments: [String]) -> Int32 {
    guard let options = Options(arguments) else {
      tell(
        "usage: Fuzz api [requests] [seed] [--round n] [--until n] [--show route] [--program path] [--lists directory]")
      return 2
    }
    do {
      let lists = try FuzzLists(directory: options.lists)
      let report = Report(lists, showing: options.show)
      for number in options.round.map({ $0...$0 }) ?? 0...(options.rounds - 1) {
        try run(number, options, lists, report)
      }
      return report.end(coversAll: options.round == nil) ? 0 : 1
    } catch {
      tell("\(error)")
      return 1
    }
  }

  private static func run(_ number: Int, _ options: Options, _ lists: FuzzLists, _ report: Report) throws {
    let round = try Round(number, options, lists, report)
    do {
      try round.run()
      round.close()
    } catch {
      report.fail("\(error)\n\(round.server.errors.suffix(3000))", kind: "\(error)", at: round.place)
      round.server.kill()
    }
  }
}

extension APIFuzz.Options {
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    var numbers: [Int] = []
    while let word = rest.popFirst() {
      if let number = Int(word) {
        numbers.append(number)
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      switch word {
      case "--round": round = Int(value)
      case "--until": until = Int(value)
      case "--program": program = value
      case "--lists": lists = value
      case "--show": show = value
      default: return nil
      }
    }
    guard numbers.count <= 2, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    requests = numbers.first ?? requests
    seed = numbers.count > 1 ? UInt64(numbers[1]) : seed
  }
}

extension ServerProcess {
  /// A program in the directory of this one.
  static func neighbour(_ name: String) -> String {
    let own = CommandLine.arguments.first ?? ""
    return (own.lastIndex(of: "/").map { String(own[...$0]) } ?? "./") + name
  }
}

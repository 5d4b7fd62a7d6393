import Glibc
import OpenStackAPI

/// What a run found.
final class Report {
  private let lists: FuzzLists
  private var classes = [Int](repeating: 0, count: 6)
  private var digest = Digest()
  private(set) var requests = 0
  private(set) var failures = 0
  private var reached: Set<String> = []
  private var tours: [Int] = []
  private var misses: [String: String] = [:]
  private var told: Set<String> = []
  private let begin = ContinuousClock.now

  private let shown: String?

  init(_ lists: FuzzLists, showing shown: String?) { (self.lists, self.shown) = (lists, shown) }

  /// Shows an exchange, where that is asked for.
  func show(_ message: Message, _ row: Row?, _ answer: WireAnswer, port: Int) {
    guard let shown, row?.name.hasPrefix(shown) == true else { return }
    tell(message.curl(port: port))
    tell("  \(answer.status) \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
  }

  /// Counts an exchange. The digest tells whether two runs sent the same; archives tell the machine's time, and are not in
  /// it.
  func count(_ message: Message, _ status: Int?, isArchive: Bool) {
    requests += 1
    classes[min(5, (status ?? 0) / 100)] += 1
    digest.add(isArchive ? Array(message.target.utf8) : message.bytes)
    digest.add([UInt8(truncatingIfNeeded: status ?? 0)])
  }

  func reach(_ row: Row) { reached.insert(row.name) }

  /// The requests of a round's first part.
  func tour(_ requests: Int) { tours.append(requests) }

  /// Remembers how a request was refused that should have succeeded.
  func miss(_ row: Row, _ message: Message, _ answer: WireAnswer, port: Int) {
    guard !reached.contains(row.name), misses[row.name] == nil || ![401, 403].contains(answer.status) else { return }
    misses[row.name] =
      "  \(message.curl(port: port))\n  \(answer.status) \(String(decoding: answer.body.prefix(500), as: UTF8.self))"
  }

  /// Says what is wrong, once a kind.
  func fail(
    _ flaw: String, kind: String, at place: String, _ message: Message? = nil, _ answer: WireAnswer? = nil,
    port: Int = 0
  ) {
    failures += 1
    guard told.insert(kind).inserted, told.count <= 100 else { return }
    tell("\n\(place): \(flaw)")
    if let message { tell("  \(message.curl(port: port))") }
    if let answer, !answer.body.isEmpty { tell("  \(String(decoding: answer.body.prefix(500), as: UTF8.self))") }
  }

  /// The last lines; whether all is well.
  func end(coversAll: Bool) -> Bool {
    let missing = coversAll ? lists.mistakes(reached: reached) : []
    for line in missing {
      tell(line)
      if let miss = misses.first(where: { line.hasSuffix(": " + $0.key) }) { tell(miss.value) }
    }
    let seconds = (ContinuousClock.now - begin) / .seconds(1)
    let counts = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"].enumerated().map { "\($1) \(classes[$0])" }
    tell(
      "\(requests) requests (\(counts.joined(separator: ", "))), \(reached.count) of \(Row.all.count) routes reached, "
        + "\(tours.reduce(0, +)) in tours, "
        + "\(failures) failures, \(Int(Double(requests) / max(seconds, 0.001))) requests/s, digest \(digest.text)")
    return failures == 0 && missing.isEmpty
  }
}

/// A line for people, seen at once also where output is kept for later.
func tell(_ line: String) {
  print(line)
  fflush(nil)
}

/// FNV-1a.
struct Digest {
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325
  mutating func add(_ bytes: [UInt8]) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
  var text: String { String(value, radix: 16) }
}

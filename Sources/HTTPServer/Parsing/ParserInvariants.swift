/// What must hold for any bytes at all, for fuzzing and tests: the parser reads the same requests however the bytes
/// are cut, never takes more than there is, and lets nothing through that it should refuse.
package enum ParserInvariants {
  /// What is wrong with the way `bytes` are read, or nil. `seed` chooses the cuts and the limits.
  package static func violation(in bytes: UnsafeRawBufferPointer, seed: UInt64) -> String? {
    check(bytes, seed: seed).flaw
  }

  /// The same, and whether a request was read at all.
  package static func check(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> (flaw: String?, hasRequest: Bool) {
    var limits = HeadLimits()
    if seed & 1 == 1 { limits = HeadLimits(head: 300, target: 40, fields: 6) }
    let whole = transcript(bytes, limits: limits) { _ in bytes.count }
    if let flaw = whole.flaw { return (flaw, true) }
    let single = transcript(bytes, limits: limits) { _ in 1 }
    if whole != single { return ("byte by byte: \(single)\nat once: \(whole)", true) }
    var state = seed | 1
    let cut = transcript(bytes, limits: limits) { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33 % 17) + 1
    }
    return (whole == cut ? nil : "in pieces: \(cut)\nat once: \(whole)", whole.hasRequest)
  }

  struct Transcript: Equatable {
    enum Entry: Equatable {
      case head(line: [String], fields: [String], framing: BodyFraming, flags: [Bool], end: Int)
      case body([UInt8])
      case bodyEnd(Int)
      case malformedBody
      case rejected(Rejection)
    }

    var entries: [Entry] = []
    var flaw: String?

    var hasRequest: Bool {
      if case .head = entries.first { true } else { false }
    }

    mutating func addBody(_ bytes: UnsafeRawBufferPointer) {
      if case .body(let earlier) = entries.last {
        entries[entries.count - 1] = .body(earlier + bytes)
      } else if !bytes.isEmpty {
        entries.append(.body(Array(bytes)))
      }
    }
  }

  /// Reads request after request as a connection would; `nextCut` says how many bytes arrive next.
  static func transcript(
    _ bytes: UnsafeRawBufferPointer, limits: HeadLimits, nextCut: (Int) -> Int
  ) -> Transcript {
    var reader = Reader(limits: limits)
    var position = 0
    while position < bytes.count, !reader.isOver {
      let count = min(nextCut(position), bytes.count - position)
      reader.feed(UnsafeRawBufferPointer(rebasing: bytes[position..<position + count]))
      position += count
    }
    return reader.transcript
  }

  /// A connection without a socket.
  private struct Reader: ~Copyable {
    let limits: HeadLimits
    var transcript = Transcript()
    var isOver = false
    private var inbox = InputBuffer()
    private var scanner: HeadScanner
    private var decoder: BodyDecoder?
    private var consumed = 0

    init(limits: HeadLimits) {
      self.limits = limits
      scanner = HeadScanner(limits: limits)
    }

    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
      inbox.append(bytes)
      while !isOver, !inbox.isEmpty {
        guard decoder == nil ? readHead() : readBody() else { return }
      }
    }

    /// Whether there is a reason to go on with what is buffered.
    private mutating func readHead() -> Bool {
      switch scanner.scan(inbox.bytes) {
      case .needMore: return false
      case .rejected(let rejection): return end(.rejected(rejection))
      case .complete(let range, let lines):
        guard range.upperBound <= inbox.count else { return fail("the head is longer than the bytes") }
        do {
          let head = try RequestParser.parse(
            UnsafeRawBufferPointer(rebasing: inbox.bytes[range]), lines: lines, limits: limits)
          accept(head, end: range.upperBound)
        } catch { return end(.rejected(error)) }
        return true
      }
    }

    private mutating func accept(_ head: RequestHead, end: Int) {
      inbox.consume(end)
      consumed += end
      scanner = HeadScanner(limits: limits)
      decoder = BodyDecoder(head.framing)
      let fields = HTTPHeaders(parsed: head.storage).map { "\($0.name): \($0.value)" }
      transcript.entries.append(
        .head(
          line: [head.method.rawValue, head.target, head.path, head.query ?? "-", head.authority ?? "-"],
          fields: fields, framing: head.framing, flags: [head.isHTTP10, head.keepAlive, head.expectsContinue],
          end: consumed))
      // By bytes: a mark that combines with the slash makes another character of it.
      if head.path.utf8.first != UInt8(ascii: "/"), head.path != "*" { transcript.flaw = "the path is \(head.path)" }
      if fields.contains(where: { $0.utf8.contains { !ByteSyntax.isFieldContent($0) } }) {
        transcript.flaw = "a field holds a control character"
      }
      if case .length(0) = head.framing { finishBody() }
    }

    private mutating func readBody() -> Bool {
      guard var body = decoder else { return false }
      var pieces: [UInt8] = []
      let count = body.decode(inbox.bytes) { pieces.append(contentsOf: $0) }
      guard count <= inbox.count else { return fail("the body is longer than the bytes") }
      inbox.consume(count)
      consumed += count
      pieces.withUnsafeBytes { transcript.addBody($0) }
      decoder = body
      switch body.state {
      case .open: return inbox.isEmpty ? false : fail("an open body left bytes")
      case .malformed: return end(.malformedBody)
      case .ended:
        finishBody()
        return true
      }
    }

    private mutating func finishBody() {
      decoder = nil
      transcript.entries.append(.bodyEnd(consumed))
    }

    private mutating func end(_ entry: Transcript.Entry) -> Bool {
      transcript.entries.append(entry)
      isOver = true
      return false
    }

    private mutating func fail(_ flaw: String) -> Bool {
      transcript.flaw = flaw
      isOver = true
      return false
    }
  }
}

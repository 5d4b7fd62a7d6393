/// Header fields in the order they were sent, looked up without regard to case (RFC 9110 section 5).
///
/// A received request's fields stay bytes until a string is asked for; the first change copies them.
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral, Sequence {
  /// One header field line.
  public typealias Element = (name: String, value: String)

  private enum Storage: Sendable {
    case parsed(HeadStorage)
    case list([Field])
  }

  private struct Field: Sendable {
    var name: String
    var value: String
  }

  private var storage: Storage

  /// No fields.
  public init() {
    storage = .list([])
  }

  init(parsed head: HeadStorage) {
    storage = .parsed(head)
  }

  /// Fields in the order written; a repeated name gives a repeated field.
  public init(dictionaryLiteral elements: (String, String)...) {
    storage = .list(elements.map { Field(name: $0.0, value: $0.1) })
  }

  /// The number of field lines.
  public var count: Int {
    switch storage {
    case .parsed(let head): head.fieldCount
    case .list(let fields): fields.count
    }
  }

  /// Whether there is no field at all.
  public var isEmpty: Bool { count == 0 }

  /// The first value of that name. Setting replaces every field of that name by one; setting nil removes them.
  public subscript(_ name: String) -> String? {
    get { firstValue(name) }
    set { replace(name, newValue) }
  }

  /// Every value of that name, in order, one for each field line.
  public func values(_ name: String) -> [String] {
    switch storage {
    case .parsed(let head): head.indices(named: name).map { head.value(at: $0) }
    case .list(let fields): fields.filter { equalIgnoringCase($0.name, name) }.map(\.value)
    }
  }

  /// Whether a field of that name is there.
  public func contains(_ name: String) -> Bool {
    switch storage {
    case .parsed(let head): head.firstIndex(named: name) != nil
    case .list(let fields): fields.contains { equalIgnoringCase($0.name, name) }
    }
  }

  /// Appends a field line, keeping those of the same name.
  public mutating func add(_ name: String, _ value: String) {
    var fields = listed()
    storage = .list([])
    fields.append(Field(name: name, value: value))
    storage = .list(fields)
  }

  /// The field lines in order.
  public func makeIterator() -> Iterator {
    Iterator(headers: self)
  }

  /// Walks over the field lines in order.
  public struct Iterator: IteratorProtocol {
    private let headers: HTTPHeaders
    private var position = 0

    init(headers: HTTPHeaders) {
      self.headers = headers
    }

    /// The next field line, or nil after the last.
    public mutating func next() -> Element? {
      guard position < headers.count else { return nil }
      defer { position += 1 }
      return headers.element(at: position)
    }
  }

  private func element(at position: Int) -> Element {
    switch storage {
    case .parsed(let head): (head.name(at: position), head.value(at: position))
    case .list(let fields): (fields[position].name, fields[position].value)
    }
  }

  private func firstValue(_ name: String) -> String? {
    switch storage {
    case .parsed(let head): head.firstIndex(named: name).map { head.value(at: $0) }
    case .list(let fields): fields.first { equalIgnoringCase($0.name, name) }?.value
    }
  }

  private mutating func replace(_ name: String, _ value: String?) {
    var fields = listed()
    storage = .list([])
    let first = fields.firstIndex { equalIgnoringCase($0.name, name) }
    if let first, let value {
      fields[first].value = value
      let tail = fields[(first + 1)...].filter { !equalIgnoringCase($0.name, name) }
      fields.replaceSubrange((first + 1)..., with: tail)
    } else if first != nil {
      fields.removeAll { equalIgnoringCase($0.name, name) }
    } else if let value {
      fields.append(Field(name: name, value: value))
    }
    storage = .list(fields)
  }

  private func listed() -> [Field] {
    switch storage {
    case .parsed: map { Field(name: $0.name, value: $0.value) }
    case .list(let fields): fields
    }
  }
}

extension HTTPHeaders: CustomStringConvertible {
  /// The field lines as they would be sent, for logs and test failures.
  public var description: String {
    map { "\($0.name): \($0.value)" }.joined(separator: "\n")
  }
}

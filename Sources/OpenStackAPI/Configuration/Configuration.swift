import Locking

/// What is wrong with a configuration: which file, which key, and what was expected there.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
  /// The file, the key and what was expected.
  public let description: String
  /// A mistake in words.
  public init(_ description: String) { self.description = description }
}

/// One object of the configuration file. It knows where it stands, so that every mistake names its key, and which of its
/// keys were read, so that a key nobody knows is a mistake as well.
public final class Configuration: Sendable {
  private let file: String
  private let path: String
  private let members: JSONObject
  private let read = Locked<(keys: Set<String>, children: [Configuration])>(([], []))

  /// The outermost object of a file.
  public convenience init(file: String, _ value: JSON) throws(ConfigurationError) {
    guard let object = value.object else { throw ConfigurationError("\(file): expected a JSON object") }
    self.init(file: file, path: "", object)
  }

  private init(file: String, path: String, _ members: JSONObject) {
    (self.file, self.path, self.members) = (file, path, members)
  }

  /// The keys that are there.
  public var keys: [String] { members.keys }

  /// A mistake at a key of this object.
  public func mistake(_ key: String, _ expected: String) -> ConfigurationError {
    ConfigurationError("\(file): \(path + key): \(expected)")
  }

  private func value(_ key: String) -> JSON? {
    _ = read.withLock { $0.keys.insert(key) }
    return members[key]
  }

  private func expected(_ what: String, _ key: String, _ found: JSON) -> ConfigurationError {
    mistake(key, "expected \(what), found \(found.typeName) \(found.jsonText.prefix(60))")
  }

  /// A string, or `nil` where the key is missing or `null`.
  public func string(_ key: String) throws(ConfigurationError) -> String? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let text = found.text else { throw expected("a string", key, found) }
    return text
  }

  /// A string that must be there.
  public func requiredString(_ key: String) throws(ConfigurationError) -> String {
    guard let text = try string(key) else { throw mistake(key, "expected a string, found nothing") }
    return text
  }

  /// A whole number in a range.
  public func integer(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws(ConfigurationError) -> Int? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let number = found.integer else { throw expected("an integer", key, found) }
    guard range.contains(number) else {
      throw mistake(key, "expected an integer from \(range.lowerBound) to \(range.upperBound), found \(number)")
    }
    return number
  }

  /// A truth value.
  public func bool(_ key: String) throws(ConfigurationError) -> Bool? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let truth = found.bool else { throw expected("true or false", key, found) }
    return truth
  }

  /// A duration: `"500ms"`, `"2s"`, `"5m"`, `"1h"`, or `0`.
  public func duration(_ key: String) throws(ConfigurationError) -> Duration? {
    guard let found = value(key), !found.isNull else { return nil }
    if found == .integer(0) { return .zero }
    guard let duration = found.text.flatMap(Duration.init(configured:)) else {
      throw expected("a duration such as \"500ms\", \"2s\" or \"5m\"", key, found)
    }
    return duration
  }

  /// One of some words.
  public func choice<T: RawRepresentable & CaseIterable>(
    _ key: String, of type: T.Type = T.self
  ) throws(ConfigurationError) -> T? where T.RawValue == String {
    guard let found = value(key), !found.isNull else { return nil }
    guard let choice = found.text.flatMap(T.init(rawValue:)) else {
      throw expected("one of " + T.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "), key, found)
    }
    return choice
  }

  /// A list of strings.
  public func strings(_ key: String) throws(ConfigurationError) -> [String]? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let elements = found.array else { throw expected("a list of strings", key, found) }
    var strings: [String] = []
    for element in elements {
      guard let text = element.text else { throw expected("a list of strings", key, found) }
      strings.append(text)
    }
    return strings
  }

  /// A list of whole numbers in a range.
  public func integers(
    _ key: String, in range: ClosedRange<Int> = 0...Int.max
  ) throws(ConfigurationError) -> [Int]? {
    guard let found = value(key), !found.isNull else { return nil }
    let what = "a list of integers from \(range.lowerBound) to \(range.upperBound)"
    guard let elements = found.array else { throw expected(what, key, found) }
    var numbers: [Int] = []
    for element in elements {
      guard let number = element.integer, range.contains(number) else { throw expected(what, key, found) }
      numbers.append(number)
    }
    return numbers
  }

  /// An object of strings.
  public func stringMap(_ key: String) throws(ConfigurationError) -> [String: String]? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let object = found.object else { throw expected("an object of strings", key, found) }
    var map: [String: String] = [:]
    for (name, element) in object.members {
      guard let text = element.text else { throw mistake("\(key).\(name)", "expected a string") }
      map[name] = text
    }
    return map
  }

  /// An object inside this one; an empty one where the key is missing. Whoever asks for it gets the same one, so that
  /// several services can share a section (`seed`), each reading its own keys.
  public func section(_ key: String) throws(ConfigurationError) -> Configuration {
    let found = value(key) ?? .object(JSONObject())
    guard let object = found.object else { throw expected("an object", key, found) }
    let path = "\(path)\(key)."
    return read.withLock { $0.children.first { $0.path == path } } ?? child(path, object)
  }

  /// A list of objects inside this one; `nil` where the key is missing.
  public func sections(_ key: String) throws(ConfigurationError) -> [Configuration]? {
    guard let found = value(key), !found.isNull else { return nil }
    guard let elements = found.array else { throw expected("a list of objects", key, found) }
    var sections: [Configuration] = []
    for (index, element) in elements.enumerated() {
      guard let object = element.object else { throw expected("an object", "\(key)[\(index)]", element) }
      sections.append(child("\(path)\(key)[\(index)].", object))
    }
    return sections
  }

  private func child(_ path: String, _ members: JSONObject) -> Configuration {
    let child = Configuration(file: file, path: path, members)
    read.withLock { $0.children.append(child) }
    return child
  }

  /// Keys that were asked for and are not there, in full (`http.gzip`); what stands in lists is left out, as its
  /// elements need not be alike. The example of a configuration has none.
  public var missingKeys: [String] {
    let (known, children) = read.withLock { ($0.keys, $0.children) }
    let own = known.filter { members[$0] == nil }.sorted().map { path + $0 }
    return own + children.filter { !$0.path.hasSuffix("].") }.flatMap(\.missingKeys)
  }

  /// Refuses keys that nobody read, here and in every object read from here.
  public func refuseUnknownKeys() throws(ConfigurationError) {
    let (known, children) = read.withLock { ($0.keys, $0.children) }
    if let unknown = members.keys.first(where: { !known.contains($0) }) {
      throw mistake(unknown, "unknown key; known here: \(known.sorted().joined(separator: ", "))")
    }
    for child in children { try child.refuseUnknownKeys() }
  }
}

extension Duration {
  /// Reads `500ms`, `2s`, `5m`, `1h`.
  public init?(configured text: String) {
    let digits = text.prefix { $0.isNumber }
    guard let number = Int(digits), number < 1_000_000_000 else { return nil }
    switch text.dropFirst(digits.count) {
    case "ms": self = .milliseconds(number)
    case "s": self = .seconds(number)
    case "m": self = .seconds(number * 60)
    case "h": self = .seconds(number * 3600)
    default: return nil
    }
  }

  /// The text that `init(configured:)` reads, in the largest unit that says it whole.
  public var configured: String {
    let milliseconds = Int(self / .milliseconds(1))
    return switch milliseconds {
    case _ where milliseconds % 1000 != 0: "\(milliseconds)ms"
    case _ where milliseconds % 60_000 != 0: "\(milliseconds / 1000)s"
    case _ where milliseconds % 3_600_000 != 0: "\(milliseconds / 60_000)m"
    default: "\(milliseconds / 3_600_000)h"
    }
  }
}

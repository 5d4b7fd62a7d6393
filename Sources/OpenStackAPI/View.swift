import Locking

/// How a record looks in an answer: its fields, each with the versions that have it.
public struct View<Record: Sendable>: Sendable {
  @usableFromInline let fields: [Field<Record>]
  private let policies: [String]
  private let known = KnownProjections<Record>()

  /// Fields in the order they are written.
  public init(_ fields: [Field<Record>]) {
    self.fields = fields
    policies = Array(Set(fields.compactMap(\.policy))).sorted()
  }

  /// This view with more fields.
  public static func + (a: Self, b: [Field<Record>]) -> Self { View(a.fields + b) }

  /// The fields that this call gets to see, found once for a whole list, and for all calls of the same version that the
  /// same policy rules let through.
  public func projection(for call: Call) -> Projection<Record> {
    var allowed: UInt64 = 0
    for (place, policy) in policies.enumerated() where call.isAllowed(policy) { allowed |= 1 << UInt64(place) }
    let key = KnownProjections<Record>.Key(version: call.version, allowed: allowed)
    return Projection(fields: known[key] { visible(at: call.version, allowed) }, call: call)
  }

  private func visible(at version: Version, _ allowed: UInt64) -> [Field<Record>] {
    fields.filter { field in
      guard field.versions.contains(version) else { return false }
      guard let policy = field.policy, let place = policies.firstIndex(of: policy) else { return true }
      return allowed & 1 << UInt64(place) != 0
    }
  }
}

/// The projections of a view that were asked for. Their number is bounded by the versions that there are and the few
/// policy rules of one view.
final class KnownProjections<Record: Sendable>: Sendable {
  struct Key: Hashable {
    let version: Version
    let allowed: UInt64
  }

  private let kept = Locked<[Key: [Field<Record>]]>([:])

  subscript(_ key: Key, make: () -> [Field<Record>]) -> [Field<Record>] {
    if let fields = kept.withLock({ $0[key] }) { return fields }
    let fields = make()
    kept.withLock { $0[key] = fields }
    return fields
  }
}

/// The fields of a view that one call gets to see.
public struct Projection<Record: Sendable>: Sendable {
  @usableFromInline let fields: [Field<Record>]
  @usableFromInline let call: Call

  /// Writes one record as an object.
  @inlinable
  public func write(_ record: Record, to json: inout JSONWriter) {
    json.object { json in writeMembers(of: record, to: &json) }
  }

  /// Writes one record's members into an object that is already open.
  @inlinable
  public func writeMembers(of record: Record, to json: inout JSONWriter) {
    for index in fields.indices { fields[index].write(record, call, &json) }
  }
}

/// One field of a view.
public struct Field<Record: Sendable>: Sendable {
  let versions: VersionRange
  /// The policy rule that shows the field; `nil` shows it to all.
  let policy: String?
  /// Writes the name and the value.
  @usableFromInline let write: @Sendable (Record, Call, inout JSONWriter) -> Void

  /// A field that holds a value of the record.
  @inlinable
  public init<Value: JSONWritable>(
    _ name: StaticString, _ value: @escaping @Sendable (Record) -> Value, since: Version? = nil, until: Version? = nil,
    policy: String? = nil
  ) {
    self.init(since: since, until: until, policy: policy) { record, _, json in
      json.key(name)
      value(record).write(to: &json)
    }
  }

  /// A field whose value needs the call as well: links, or what depends on the configuration.
  @inlinable
  public init(
    _ name: StaticString, since: Version? = nil, until: Version? = nil, policy: String? = nil,
    value: @escaping @Sendable (Record, Call, inout JSONWriter) -> Void
  ) {
    self.init(since: since, until: until, policy: policy) { record, call, json in
      json.key(name)
      value(record, call, &json)
    }
  }

  /// A field that is left out where the record has nothing to say.
  @inlinable
  public init<Value: JSONWritable>(
    _ name: StaticString, ifPresent value: @escaping @Sendable (Record) -> Value?, since: Version? = nil,
    until: Version? = nil, policy: String? = nil
  ) {
    self.init(since: since, until: until, policy: policy) { record, _, json in
      guard let value = value(record) else { return }
      json.key(name)
      value.write(to: &json)
    }
  }

  /// A field that is written name and all, or not at all, by `member`.
  public init(
    optional name: StaticString, since: Version? = nil, until: Version? = nil,
    member: @escaping @Sendable (Record, Call, inout JSONWriter) -> Void
  ) {
    self.init(since: since, until: until, policy: nil, write: member)
  }

  @usableFromInline
  init(
    since: Version?, until: Version?, policy: String?,
    write: @escaping @Sendable (Record, Call, inout JSONWriter) -> Void
  ) {
    (self.policy, self.write) = (policy, write)
    versions = VersionRange(since: since, until: until)
  }
}

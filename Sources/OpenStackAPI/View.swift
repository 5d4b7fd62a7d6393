/// How a record looks in an answer: its fields, each with the versions that have it.
public struct View<Record: Sendable>: Sendable {
  let fields: [Field<Record>]

  /// Fields in the order they are written.
  public init(_ fields: [Field<Record>]) { self.fields = fields }

  /// This view with more fields.
  public static func + (a: Self, b: [Field<Record>]) -> Self { View(a.fields + b) }

  /// The fields that this call gets to see, found once for a whole list.
  public func projection(for call: Call) -> Projection<Record> {
    Projection(
      fields: fields.filter { field in
        field.versions.contains(call.version) && field.policy.map { call.isAllowed($0) } ?? true
      }, call: call)
  }
}

/// The fields of a view that one call gets to see.
public struct Projection<Record: Sendable>: Sendable {
  let fields: [Field<Record>]
  let call: Call

  /// Writes one record as an object.
  public func write(_ record: Record, to json: inout JSONWriter) {
    json.object { json in writeMembers(of: record, to: &json) }
  }

  /// Writes one record's members into an object that is already open.
  public func writeMembers(of record: Record, to json: inout JSONWriter) {
    for field in fields { field.write(record, call, &json) }
  }
}

/// One field of a view.
public struct Field<Record: Sendable>: Sendable {
  let name: StaticString
  let versions: VersionRange
  /// The policy rule that shows the field; `nil` shows it to all.
  let policy: String?
  /// Writes the name and the value.
  let write: @Sendable (Record, Call, inout JSONWriter) -> Void

  /// A field that holds a value of the record.
  public init<Value: JSONWritable>(
    _ name: StaticString, _ value: @escaping @Sendable (Record) -> Value, since: Version? = nil, until: Version? = nil,
    policy: String? = nil
  ) {
    self.init(name, since: since, until: until, policy: policy) { record, _, json in value(record).write(to: &json) }
  }

  /// A field whose value needs the call as well: links, or what depends on the configuration.
  public init(
    _ name: StaticString, since: Version? = nil, until: Version? = nil, policy: String? = nil,
    value: @escaping @Sendable (Record, Call, inout JSONWriter) -> Void
  ) {
    self.init(member: name, since: since, until: until, policy: policy) { record, call, json in
      json.key(name)
      value(record, call, &json)
    }
  }

  /// A field that is left out where the record has nothing to say.
  public init<Value: JSONWritable>(
    _ name: StaticString, ifPresent value: @escaping @Sendable (Record) -> Value?, since: Version? = nil,
    until: Version? = nil, policy: String? = nil
  ) {
    self.init(member: name, since: since, until: until, policy: policy) { record, _, json in
      guard let value = value(record) else { return }
      json.key(name)
      value.write(to: &json)
    }
  }

  private init(
    member name: StaticString, since: Version?, until: Version?, policy: String?,
    write: @escaping @Sendable (Record, Call, inout JSONWriter) -> Void
  ) {
    (self.name, self.policy, self.write) = (name, policy, write)
    versions = VersionRange(since: since, until: until)
  }
}

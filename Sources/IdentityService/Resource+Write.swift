import OpenStackAPI
import Persistence

/// The handlers of a resource that has no rules but those of its routes and its attributes.
extension Resource {
  /// Shows the one that a parameter of the path names.
  static func show(_ parameter: String) -> Handler {
    { call in try authorized(call, parameter).response(call) }
  }

  /// Adds one under a new id.
  static func create(_ attributes: [Attribute]) -> Handler {
    { call in
      var values = attributes.values(of: call.input)
      values["id"] = call.world.identifiers.hex()
      return try await call.world.write { [values] db in try insert(values, db) }.response(call)
    }
  }

  /// Removes the one that a parameter of the path names; the route's rule has been asked before.
  static func remove(_ parameter: String) -> Handler {
    { call in
      let id = call.parameter(parameter)
      try await call.world.write { db in try existing(id, db).remove(db) }
      return .empty
    }
  }
}

extension Resource {
  /// The one that the path names, if the caller may do to it what the route does. As in Keystone the rule is asked
  /// first, so that only those who may see any hear that there is none; `tellsMissing` is for the few operations of
  /// which Keystone takes no such care.
  static func authorized(
    _ call: Call, _ parameter: String, where condition: String = "1", tellsMissing: Bool = false
  ) throws -> Self {
    let id = call.parameter(parameter)
    let found = try call.world.read { try find(id, where: condition, $0) }
    if tellsMissing, found == nil { throw missing(id) }
    try call.authorize(found?.target ?? [:])
    guard let found else { throw missing(id) }
    return found
  }

  /// The one with an id, or 404.
  static func existing(_ id: String, where condition: String = "1", _ db: Connection) throws -> Self {
    guard let found = try find(id, where: condition, db) else { throw missing(id) }
    return found
  }

  /// Adds a row; `values` must hold an id. One that breaks a unique index is Keystone's 409.
  @discardableResult
  static func insert(_ values: RowValues, _ db: Connection) throws -> Self {
    let columns = keyed(values.columns(before: (JSONObject(), JSONObject())))
    let names = columns.map(\.name).joined(separator: ", ")
    let marks = columns.map { _ in "?" }.joined(separator: ", ")
    if isNamedByID, let id = values.text("id"), try find(id, db) != nil { throw duplicate(values, id: id) }
    try refusingDuplicates(values, id: values.text("id")) {
      try db.execute("INSERT INTO \(table) (\(names)) VALUES (\(marks))", columns.map(\.value))
    }
    return try existing(values.text("id") ?? "", db)
  }

  /// Changes the columns that `values` names and merges options and unknown members into
  /// those that are kept.
  @discardableResult
  static func change(_ id: String, _ values: RowValues, _ db: Connection) throws -> Self {
    let old = try existing(id, db)
    let columns = keyed(
      values.columns(before: (old.extra.members, (old as? any OptionalResource)?.options.members ?? JSONObject())))
    if !columns.isEmpty {
      let assignments = columns.map { "\($0.name) = ?" }.joined(separator: ", ")
      try refusingDuplicates(values, id: id) {
        try db.execute("UPDATE \(table) SET \(assignments) WHERE id = ?", columns.map(\.value) + [old.id.sqlValue])
      }
    }
    return try existing(old.id, db)
  }

  /// The columns, with the key of a name among them.
  private static func keyed(_ columns: [(name: String, value: SQLValue)]) -> [(name: String, value: SQLValue)] {
    guard hasNameKey, case .text(let name)? = columns.first(where: { $0.name == "name" })?.value else { return columns }
    return columns + [("name_key", GeneralCollation.key(name).sqlValue)]
  }

  /// Removes the row; what depends on it goes with it, by the tables' foreign keys.
  func remove(_ db: Connection) throws {
    try db.execute("DELETE FROM \(Self.table) WHERE id = ?", id)
  }

  private static func refusingDuplicates(_ values: RowValues, id: String?, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as DatabaseError {
      guard case .constraint(let kind, _) = error, kind == .unique || kind == .primaryKey else { throw error }
      throw duplicate(values, id: id)
    }
  }

  /// What Keystone's storage says (keystone.common.sql.handle_conflicts).
  static func duplicate(_ values: RowValues, id: String?) -> Fault {
    Fault.duplicate("\(member)", name: values.text("name"), id: values.text("id"), domain: values.text("domain_id"))
  }
}

extension Call {
  /// A body may repeat the id of the path, but not name another (keystone.server.flask.common, _require_matching_id).
  func refuseOtherID(than parameter: String) throws {
    guard let id = input["id"], !id.isNull, id.text != self.parameter(parameter) else { return }
    throw Fault.badRequest("Cannot change ID")
  }
}

extension Fault {
  /// keystone.exception.Conflict.
  static func conflict(storing kind: String, _ details: String) -> Fault {
    .conflict("Conflict occurred attempting to store \(kind) - \(details).")
  }

  /// The same for a row that is there already (keystone.common.sql.handle_conflicts).
  static func duplicate(_ kind: String, name: String?, id: String?, domain: String?) -> Fault {
    let place = domain.map { " at domain ID \($0)" } ?? ""
    if let name { return .conflict(storing: kind, "Duplicate entry found with name \(name)\(place)") }
    return .conflict(
      storing: kind, id.map { "Duplicate entry found with ID \($0)\(place)" } ?? "Duplicate entry\(place)")
  }
}

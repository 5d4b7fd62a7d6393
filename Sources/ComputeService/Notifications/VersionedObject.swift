/// An object of Nova's versioned notifications as an SQL expression that makes it (oslo.versionedobjects).
struct VersionedObject {
  let name, version: String
  /// The fields, and the SQL that gives each its value.
  var data: [(name: String, sql: String)]

  init(_ name: String, _ version: String, _ data: [(String, String)]) {
    (self.name, self.version, self.data) = (name, version, data)
  }

  /// The expression; it may be nested in another.
  var sql: String {
    let fields = data.map { "'\($0.name)', \($0.sql)" }.joined(separator: ", ")
    return """
      json_object('nova_object.name', '\(name)', 'nova_object.namespace', 'nova', 'nova_object.version', '\(version)', \
      'nova_object.data', json_object(\(fields)))
      """
  }
}

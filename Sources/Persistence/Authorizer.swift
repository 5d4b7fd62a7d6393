import CSQLite

/// What SQLite asks while it compiles a statement: which tables the statement may change, and whether it meddles with
/// transactions, which belong to `Database`. See <https://sqlite.org/c3ref/set_authorizer.html>.
final class Authorizer {
  /// On while the module itself speaks.
  var allowsEverything = true
  /// The tables that statements compiled since the last `takeChanges` may change.
  private var changes: [String] = []

  /// Installs itself on `handle`, which must be closed before this object goes.
  func install(on handle: OpaquePointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    sqlite3_set_authorizer(
      handle,
      { context, action, name, _, _, _ in
        guard let context else { return SQLITE_OK }
        return Unmanaged<Authorizer>.fromOpaque(context).takeUnretainedValue().judge(action, name)
      }, context)
  }

  func takeChanges() -> [String] {
    defer { changes = [] }
    return changes
  }

  private func judge(_ action: Int32, _ name: UnsafePointer<CChar>?) -> Int32 {
    switch action {
    case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
      let table = name.map { String(cString: $0) } ?? ""
      if !table.hasPrefix("sqlite_"), !changes.contains(table) { changes.append(table) }
    case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_ATTACH, SQLITE_DETACH:
      if !allowsEverything { return SQLITE_DENY }
    default: break
    }
    return SQLITE_OK
  }
}

import CSQLite

extension Connection {
  /// Gives SQL the operator `X REGEXP Y`, of which SQLite itself only knows the name; `Y` has to be a `TextSearch`.
  /// See <https://sqlite.org/lang_expr.html#the_like_glob_regexp_match_and_extract_operators>.
  func defineREGEXP() {
    sqlite3_create_function_v2(
      handle, "regexp", 2, SQLITE_UTF8 | SQLITE_INNOCUOUS, nil,
      { context, _, arguments in
        guard let search = search(arguments?[0]), let value = arguments?[1] else {
          return sqlite3_result_error(context, "REGEXP needs a search", -1)
        }
        guard let text = sqlite3_value_text(value) else { return sqlite3_result_null(context) }
        let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_value_bytes(value)))
        guard let occurs = search.occurs(in: bytes) else {
          return sqlite3_result_error(context, "the search takes too many steps", -1)
        }
        sqlite3_result_int(context, occurs ? 1 : 0)
      }, nil, nil, nil)
  }
}

/// The search that a parameter holds.
private func search(_ value: OpaquePointer?) -> TextSearch? {
  csqlite_value_search(value).map { Unmanaged<TextSearch>.fromOpaque($0).takeUnretainedValue() }
}

extension Statement {
  /// Binds a search, which SQLite holds for as long as the parameter does.
  func bind(_ search: TextSearch, at index: Int32) -> Int32 {
    csqlite_bind_search(handle, index, Unmanaged.passRetained(search).toOpaque()) { search in
      if let search { Unmanaged<TextSearch>.fromOpaque(search).release() }
    }
  }
}

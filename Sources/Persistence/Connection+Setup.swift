import CSQLite

extension Connection {
  /// The settings that every connection needs, whatever its part. See <https://sqlite.org/pragma.html>.
  func prepareForUse(_ configuration: DatabaseConfiguration) throws(DatabaseError) {
    defineREGEXP()
    defineFolding()
    try script(
      """
      PRAGMA synchronous = \(configuration.waitsForDisk ? "FULL" : "NORMAL");
      PRAGMA cache_size = -\(configuration.cacheKibibytes);
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 16777216;
      """)
  }

  /// Follows the WAL's length, see <https://sqlite.org/c3ref/wal_hook.html>.
  func countWALPages() {
    sqlite3_wal_hook(
      handle,
      { context, _, _, pages in
        guard let context else { return SQLITE_OK }
        Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().walPages = pages
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Lets the file grow by many pages at a time (<https://sqlite.org/c3ref/c_fcntl_begin_atomic_write.html>).
  func growInChunks() {
    var bytes: Int32 = 128 * 1024
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &bytes)
  }

  /// Sees to it that the file has room for all pages of the open transaction, so that what is in the WAL can be copied
  /// into it even when the disk is full by then: what is removed later finds the WAL empty.
  func allocateFile() throws(DatabaseError) {
    if pageBytes == 0 { pageBytes = try integer("PRAGMA page_size") }
    var bytes = try integer("PRAGMA page_count") * pageBytes
    guard bytes > allocatedBytes else { return }
    let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_SIZE_HINT, &bytes)
    guard code == SQLITE_OK else { throw .refused(csqlite_errno(handle), "the file cannot grow") }
    allocatedBytes = bytes
  }

  private func integer(_ pragma: String) throws(DatabaseError) -> Int64 {
    let statement = try start(pragma, [])
    defer { statement.reset() }
    return try statement.step() ? sqlite3_column_int64(statement.handle, 0) : 0
  }

  /// Copies the WAL into the file, see <https://sqlite.org/c3ref/wal_checkpoint_v2.html>.
  func checkpoint(_ mode: Int32) -> Int32 { sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil) }

  /// Copies the WAL and starts it anew, or gives up at once when somebody reads.
  func restartLog() -> Int32 {
    sqlite3_busy_timeout(handle, 0)
    defer { sqlite3_busy_timeout(handle, busyTimeout) }
    return checkpoint(SQLITE_CHECKPOINT_RESTART)
  }

  /// What <https://sqlite.org/pragma.html#pragma_integrity_check> and the check of foreign keys find.
  func findDamage() throws -> [String] {
    let found = try query("PRAGMA integrity_check", as: String.self).filter { $0 != "ok" }
    let orphans = try query(
      "SELECT \"table\" || ' row ' || ifnull(rowid, '?') || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check()",
      as: String.self)
    return found + orphans
  }
}

#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H
#include <sqlite3.h>

// What Swift cannot import: the destructor constants (casts) and the variadic sqlite3_config and sqlite3_db_config.

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 bytes) {
  return sqlite3_bind_text64(statement, index, text, bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static inline int csqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
  return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

static inline void csqlite_result_text(sqlite3_context *context, const char *text, sqlite3_uint64 bytes) {
  sqlite3_result_text64(context, text, bytes, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// A value that only functions of the program's own can read. SQLite wants the name of its type to stay where it is.
static inline int csqlite_bind_search(sqlite3_stmt *statement, int index, void *search, void (*release)(void *)) {
  return sqlite3_bind_pointer(statement, index, search, "search", release);
}

static inline void *csqlite_value_search(sqlite3_value *value) { return sqlite3_value_pointer(value, "search"); }

// No writing to the schema by hand, whatever the SQL says.
static inline int csqlite_set_defensive(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

// Whether the last connection to close copies the WAL into the database file.
static inline int csqlite_set_checkpoint_on_close(sqlite3 *database, int enabled) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !enabled, (int *)0);
}

// The errno behind an error of input or output; 0 where none is known. SQLite itself forgets it where a COMMIT fails, but
// the files, first the WAL's, know their own.
static inline int csqlite_errno(sqlite3 *database) {
  int code = sqlite3_system_errno(database);
  sqlite3_file *journal = 0;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &journal);
  if (code == 0 && journal && journal->pMethods)
    journal->pMethods->xFileControl(journal, SQLITE_FCNTL_LAST_ERRNO, &code);
  if (code == 0) sqlite3_file_control(database, "main", SQLITE_FCNTL_LAST_ERRNO, &code);
  return code;
}

// SQLite's count of its own memory costs every allocation a lock that all threads share. To be called before anything
// else; it does nothing when SQLite is in use already.
static inline int csqlite_forgo_memory_statistics(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

#endif

/// Where a database lives.
public enum DatabaseLocation: Sendable {
  /// A file, its WAL and its lock file beside it. The directory must exist.
  case file(String)
  /// Memory only; gone with the `Database`.
  case memory
}

/// How a database is tuned. The defaults suit a server.
public struct DatabaseConfiguration: Sendable {
  /// Bytes of a page of a new file, a power of two. <https://sqlite.org/pragma.html#pragma_page_size>
  public var pageSize = 4096
  /// KiB of page cache per connection. <https://sqlite.org/pragma.html#pragma_cache_size>
  public var cacheKibibytes = 2048
  /// How many idle reader connections are kept. More readers than that at once are served, at the price of an open.
  public var idleReaders = 8
  /// Prepared statements kept per connection.
  public var cachedStatements = 256
  /// Bytes of memory that these may take per connection. One that takes an eighth of them is not kept.
  public var cachedStatementBytes = 4 << 20
  /// How long a lock held from outside this process is waited for.
  public var busyTimeoutMilliseconds = 5000
  /// Pages in the WAL after which it is copied into the file. <https://sqlite.org/wal.html#ckpt>
  public var checkpointPages = 1000
  /// How many waiting writers share a commit at most.
  public var largestBatch = 512
  /// Whether a commit waits for the disk. Without, the file stays sound, but a power cut may lose the last commits.
  /// <https://sqlite.org/pragma.html#pragma_synchronous>
  public var waitsForDisk = true

  /// Whether programs such as `sqlite3` may look into the file meanwhile. It makes every read 2 µs dearer: without, locks
  /// between connections are variables, not system calls (`unix-excl` of <https://sqlite.org/vfs.html>).
  public var sharesFile = false

  /// Whether an earlier run made the file: then it is refused, with nothing changed in it, if no tables are in it, or if a
  /// page is damaged and it has no more bytes than `checkedBytes`. `Database.lookForDamage` looks through larger ones.
  public var isExpected = false
  /// How large a file may be to be looked through while it is opened, which takes 1 ms for a new cloud's, of 1 MiB.
  public var checkedBytes = 2 << 20

  /// Room for the writes of `DiskReserve.spend` on a full disk; several databases may share it.
  public var reserve: DiskReserve?

  /// Where commits and rows are counted.
  public var counts: WriteCounts?

  /// The defaults.
  public init() {}
}

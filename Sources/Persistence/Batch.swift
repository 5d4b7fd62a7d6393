/// The writes of one transaction.
struct Batch {
  private let connection: Connection
  private var jobs: [any WriteJob] = []
  private var changedTables: Set<String> = []
  private var changedRows = 0
  /// Why none of them can be kept.
  private(set) var failure: DatabaseError?
  /// Those of them that found no room and may take from the reserve; they still have to be answered.
  private(set) var starved: [any WriteJob] = []

  init(_ connection: Connection) { self.connection = connection }

  mutating func begin() {
    do throws(DatabaseError) { try connection.control("BEGIN IMMEDIATE") } catch { failure = error }
  }

  /// Runs `job` in its savepoint.
  mutating func add(_ job: any WriteJob) {
    if let failure { return refuse(job, failure) }
    do throws(DatabaseError) {
      try connection.control("SAVEPOINT job")
      let rows = connection.changedRows
      let error = job.run(connection)
      guard !connection.isIdle else { return lose(job, error) }
      if let error { try undo(job, error) } else { try release(job, rows: connection.changedRows - rows) }
    } catch {
      jobs.append(job)
      abort(error)
    }
  }

  private mutating func release(_ job: any WriteJob, rows: Int) throws(DatabaseError) {
    guard !connection.hasBrokenForeignKeys else {
      try rollBackSavepoint()
      return job.finish(DatabaseError.constraint(kind: .foreignKey, detail: "deferred"))
    }
    try connection.control("RELEASE job")
    changedTables.formUnion(connection.takeChangedTables())
    changedRows += rows
    jobs.append(job)
  }

  private mutating func undo(_ job: any WriteJob, _ error: any Error) throws(DatabaseError) {
    try rollBackSavepoint()
    refuse(job, error)
  }

  /// A full disk and the like make SQLite undo the whole transaction, and with it the others' work.
  /// See <https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction>.
  private mutating func lose(_ job: any WriteJob, _ error: (any Error)?) {
    let loss = connection.takeLoss()
    refuse(job, error.map { $0 as? DatabaseError == .transactionLost ? loss : $0 } ?? loss)
    abort(loss)
  }

  private mutating func refuse(_ job: any WriteJob, _ error: any Error) {
    if job.maySpendReserve, (error as? DatabaseError) == .full { starved.append(job) } else { job.finish(error) }
  }

  private func rollBackSavepoint() throws(DatabaseError) {
    _ = connection.takeChangedTables()
    try connection.control("ROLLBACK TO job")
    try connection.control("RELEASE job")
  }

  /// Fails all who are in it so far, and those to come.
  private mutating func abort(_ error: DatabaseError) {
    failure = error
    _ = connection.takeChangedTables()
    changedTables = []
    if !connection.isIdle { try? connection.control("ROLLBACK") }
    for job in jobs { refuse(job, error) }
    jobs = []
  }

  mutating func commit(_ versions: TableVersions) {
    guard failure == nil else { return }
    do throws(DatabaseError) {
      try connection.allocateFile()
      try connection.control("COMMIT")
    } catch {
      return abort(error)
    }
    versions.publish(changedTables, rows: changedRows)
    for job in jobs { job.finish(nil) }
  }
}

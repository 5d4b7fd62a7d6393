import OpenStackAPI
import Persistence

extension Server {
  /// A server, for those who wait for its status.
  static let resource = ResourceKind("server", failure: VMState.error.status) { db, wanted in
    let found: [Named] = try db.query(
      """
      SELECT uuid, display_name, vm_state, task_state, power_state FROM servers
      WHERE (uuid = ? OR display_name = ?) AND deleted = 0 ORDER BY created_at, id
      """, wanted, wanted)
    return found.map(\.state)
  }

  private struct Named: RowDecodable {
    let state: ResourceState

    init(row: inout Row) throws {
      let (id, name): (String, String) = (try row.next(), try row.next())
      state = ResourceState(id: id, name: name, status: try ServerState(row: &row).status)
    }
  }
}

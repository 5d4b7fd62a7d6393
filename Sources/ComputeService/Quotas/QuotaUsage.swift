import OpenStackAPI
import Persistence

/// What a project or one of its users has. The counters are kept: triggers change them with the rows that they count,
/// in the same transaction, whoever changes those, so that nobody ever counts rows.
struct QuotaUsage: Sendable, RowDecodable {
  let instances, serverGroups, keyPairs: Int
  private(set) var cores, ram: Int
  /// GiB of root and ephemeral disks.
  let disk: Int

  init(row: inout Row) throws {
    instances = try row.next(in: .amounts)
    cores = try row.next(in: .amounts)
    ram = try row.next(in: .amounts)
    serverGroups = try row.next(in: .amounts)
    keyPairs = try row.next(in: .amounts)
    disk = try row.next(in: .amounts)
  }

  private static let sums = """
    SELECT ifnull(sum(instances), 0), ifnull(sum(cores), 0), ifnull(sum(ram), 0), ifnull(sum(server_groups), 0),
      ifnull(sum(key_pairs), 0), ifnull(sum(disk), 0) FROM quota_usages
    """

  /// What a project has, or one user in it.
  static func of(project: String, user: String? = nil, _ db: Connection) throws -> QuotaUsage? {
    guard let user else { return try db.first("\(sums) WHERE project_id = ?", project) }
    return try db.first("\(sums) WHERE project_id = ? AND user_id = ?", project, user)
  }

  /// What counts against a limit.
  ///
  /// Since Pike that is what the rows of servers say, and a resize that is under way counts with the flavor that the
  /// server still has: however many are asked for at the same time, Nova lets them pass ("We're not rechecking for
  /// strict quota here", nova.compute.api, `resize`). Before, it reserved what a resize would add until it was done, and
  /// kept what it would take away until it was confirmed.
  static func counted(project: String, user: String? = nil, _ db: Connection, _ world: World) throws -> QuotaUsage? {
    var usage = try of(project: project, user: user, db)
    guard world.cloud.release < .pike,
      let resizes: Resizes = try db.first(
        Resizes.sql, ServerLifecycle.kind, ServerLifecycle.resize.action, project, user)
    else { return usage }
    usage?.cores += resizes.cores
    usage?.ram += resizes.ram
    return usage
  }

  /// By how much the larger flavors of servers that are being resized exceed those that they have.
  private struct Resizes: RowDecodable {
    let cores, ram: Int

    init(row: inout Row) throws { (cores, ram) = (try row.next(), try row.next()) }

    static let sql = """
      SELECT ifnull(sum(max(0, flavor ->> 'vcpus' - vcpus)), 0), ifnull(sum(max(0, flavor ->> 'ram' - memory_mb)), 0)
      FROM (
        SELECT project_id, user_id, vcpus, memory_mb, payload AS flavor
        FROM transitions JOIN servers ON uuid = resource
        WHERE kind = ?1 AND action = ?2 AND project_id = ?3 AND deleted = 0
        UNION ALL
        SELECT project_id, user_id, vcpus, memory_mb, old_flavor FROM servers
        WHERE project_id = ?3 AND deleted = 0 AND vm_state = 'resized' AND old_flavor IS NOT NULL
      )
      WHERE ?4 IS NULL OR user_id = ?4
      """
  }

  /// What all projects have together.
  static func ofAll(_ db: Connection) throws -> QuotaUsage? { try db.first(sums) }

  /// How many key pairs a user has; they belong to no project.
  static func keyPairs(of user: String, _ db: Connection) throws -> Int {
    try of(project: "", user: user, db)?.keyPairs ?? 0
  }

  /// A server counts until it is deleted, softly or not (nova.db.main.api, `_instance_get_count`).
  static let migration = """
    CREATE TABLE quota_usages (
      id INTEGER PRIMARY KEY,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      instances INTEGER NOT NULL DEFAULT 0,
      cores INTEGER NOT NULL DEFAULT 0,
      ram INTEGER NOT NULL DEFAULT 0,
      disk INTEGER NOT NULL DEFAULT 0,
      server_groups INTEGER NOT NULL DEFAULT 0,
      key_pairs INTEGER NOT NULL DEFAULT 0,
      UNIQUE (project_id, user_id)
    ) STRICT;
    INSERT INTO quota_usages (project_id, user_id, instances, cores, ram, disk)
      SELECT project_id, user_id, count(*), sum(vcpus), sum(memory_mb), sum(root_gb + ephemeral_gb) FROM servers
      WHERE deleted = 0 AND vm_state <> 'soft-delete' GROUP BY project_id, user_id;
    INSERT INTO quota_usages (project_id, user_id, key_pairs)
      SELECT '', user_id, count(*) FROM keypairs GROUP BY user_id;
    CREATE TRIGGER servers_insert_usage AFTER INSERT ON servers
      WHEN NEW.deleted = 0 AND NEW.vm_state <> 'soft-delete'
    BEGIN
      INSERT INTO quota_usages (project_id, user_id, instances, cores, ram, disk)
      VALUES (NEW.project_id, NEW.user_id, 1, NEW.vcpus, NEW.memory_mb, NEW.root_gb + NEW.ephemeral_gb)
      ON CONFLICT (project_id, user_id) DO UPDATE SET
        instances = instances + 1, cores = cores + excluded.cores, ram = ram + excluded.ram,
        disk = disk + excluded.disk;
    END;
    CREATE TRIGGER servers_update_usage
      AFTER UPDATE OF deleted, vm_state, vcpus, memory_mb, root_gb, ephemeral_gb ON servers
      WHEN OLD.deleted <> NEW.deleted OR (OLD.vm_state = 'soft-delete') <> (NEW.vm_state = 'soft-delete')
        OR OLD.vcpus <> NEW.vcpus OR OLD.memory_mb <> NEW.memory_mb OR OLD.root_gb <> NEW.root_gb
        OR OLD.ephemeral_gb <> NEW.ephemeral_gb
    BEGIN
      UPDATE quota_usages SET
        instances = instances - 1, cores = cores - OLD.vcpus, ram = ram - OLD.memory_mb,
        disk = disk - OLD.root_gb - OLD.ephemeral_gb
      WHERE project_id = OLD.project_id AND user_id = OLD.user_id
        AND OLD.deleted = 0 AND OLD.vm_state <> 'soft-delete';
      UPDATE quota_usages SET
        instances = instances + 1, cores = cores + NEW.vcpus, ram = ram + NEW.memory_mb,
        disk = disk + NEW.root_gb + NEW.ephemeral_gb
      WHERE project_id = NEW.project_id AND user_id = NEW.user_id
        AND NEW.deleted = 0 AND NEW.vm_state <> 'soft-delete';
    END;
    CREATE TRIGGER servers_delete_usage AFTER DELETE ON servers
      WHEN OLD.deleted = 0 AND OLD.vm_state <> 'soft-delete'
    BEGIN
      UPDATE quota_usages SET
        instances = instances - 1, cores = cores - OLD.vcpus, ram = ram - OLD.memory_mb,
        disk = disk - OLD.root_gb - OLD.ephemeral_gb
      WHERE project_id = OLD.project_id AND user_id = OLD.user_id;
    END;
    CREATE TRIGGER keypairs_insert_usage AFTER INSERT ON keypairs BEGIN
      INSERT INTO quota_usages (project_id, user_id, key_pairs) VALUES ('', NEW.user_id, 1)
      ON CONFLICT (project_id, user_id) DO UPDATE SET key_pairs = key_pairs + 1;
    END;
    CREATE TRIGGER keypairs_delete_usage AFTER DELETE ON keypairs BEGIN
      UPDATE quota_usages SET key_pairs = key_pairs - 1 WHERE project_id = '' AND user_id = OLD.user_id;
    END;
    CREATE TRIGGER server_groups_insert_usage AFTER INSERT ON server_groups BEGIN
      INSERT INTO quota_usages (project_id, user_id, server_groups) VALUES (NEW.project_id, NEW.user_id, 1)
      ON CONFLICT (project_id, user_id) DO UPDATE SET server_groups = server_groups + 1;
    END;
    CREATE TRIGGER server_groups_delete_usage AFTER DELETE ON server_groups BEGIN
      UPDATE quota_usages SET server_groups = server_groups - 1
      WHERE project_id = OLD.project_id AND user_id = OLD.user_id;
    END;
    """
}

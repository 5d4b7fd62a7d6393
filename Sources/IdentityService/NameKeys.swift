import OpenStackAPI
import Persistence

/// Names are compared as Keystone's database compares them, MySQL with `utf8mb3_general_ci`: whatever their case and
/// their accents. Their keys are kept in the column `name_key` beside them; the name stays as it was given.
enum NameKeys {
  /// Whether two names are the same one.
  static func areEqual(_ a: String, _ b: String) -> Bool {
    GeneralCollation.key(a).utf8.elementsEqual(GeneralCollation.key(b).utf8)
  }

  /// SQL for the id of the row with a name among those that a condition lets through. The one that is spelled the same
  /// comes first: rows that are older than the keys may have names that differ by no more than their case.
  static func id(in table: String, of condition: String, name: String = "?2") -> String {
    let start = "(SELECT id FROM \(table) WHERE \(condition)"
    return "ifnull(\(start) AND name = \(name)), \(start) AND name_key = \(GeneralCollation.key(sql: name))))"
  }

  /// The keys of the rows that are there, and the indexes. Of rows whose names have become the same, the oldest gets the
  /// key. The others get one that no name has, as keys hold no small letters, and are found by their own spelling.
  static let columns =
    [
      (table: "projects", among: "is_domain, domain_id"), ("users", "domain_id"), ("user_groups", "domain_id"),
      ("roles", "domain_id"), ("application_credentials", "user_id"),
    ].map { table, among in
      """
      ALTER TABLE \(table) ADD COLUMN name_key TEXT;
      UPDATE \(table) SET name_key = \(GeneralCollation.key(sql: "name"));
      UPDATE \(table) SET name_key = name_key || ' also ' || id WHERE number IN (
        SELECT number FROM (
          SELECT number, row_number() OVER (PARTITION BY \(among), name_key ORDER BY number) AS place FROM \(table))
        WHERE place > 1);
      """
    }.joined() + """
      CREATE UNIQUE INDEX domains_by_key ON projects (name_key) WHERE is_domain;
      CREATE UNIQUE INDEX projects_by_key ON projects (domain_id, name_key) WHERE NOT is_domain;
      CREATE UNIQUE INDEX users_by_key ON users (domain_id, name_key);
      CREATE UNIQUE INDEX user_groups_by_key ON user_groups (domain_id, name_key);
      CREATE UNIQUE INDEX roles_by_key ON roles (ifnull(domain_id, ''), name_key);
      CREATE UNIQUE INDEX application_credentials_by_key ON application_credentials (user_id, name_key);
      """
}

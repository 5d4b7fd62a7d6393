import OpenStackAPI
import Persistence

/// What limits of both kinds have in common (keystone.limit.schema).
enum LimitSchemas {
  static let service = Schema.string(format: .uuid)
  static let region = Schema.string(1...255).orNull
  static let amount = Schema.integer(-1...0x7FFF_FFFF)
  static let description = Schema.string(0...255).orNull
  /// The id of a project or a domain.
  static let owner = Schema.keystoneID.orNull

  /// What lists can be asked for.
  static let query: [(name: String, schema: Schema)] = [
    ("service_id", service), ("region_id", .string(1...255)), ("resource_name", .keystoneName),
  ]

  /// What a request names must be there.
  static func refuseUnknown(service: String?, region: String?, in kind: String, _ db: Connection) throws {
    if let service, try CatalogService.find(service, db) == nil {
      throw Fault.expecting("service_id", in: kind, reason: .lookup)
    }
    if let region, try Region.find(region, db) == nil {
      throw Fault.expecting("region_id", in: kind, reason: .lookup)
    }
  }

  /// The resources of a limit, and who may use how much of it. What a limit says of the resource is its registered
  /// limit's, which cannot change while there are such limits.
  static let tables = """
    CREATE TABLE registered_limits (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
      region_id TEXT REFERENCES regions (id) ON DELETE CASCADE,
      resource_name TEXT NOT NULL,
      default_limit INTEGER NOT NULL,
      description TEXT
    ) STRICT;
    CREATE UNIQUE INDEX registered_limits_once ON registered_limits
      (service_id, ifnull(region_id, ''), resource_name);
    CREATE INDEX registered_limits_by_region ON registered_limits (region_id);
    CREATE TABLE limits (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      registered_limit_id TEXT NOT NULL REFERENCES registered_limits (id) ON DELETE CASCADE,
      project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      domain_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      service_id TEXT NOT NULL,
      region_id TEXT,
      resource_name TEXT NOT NULL,
      resource_limit INTEGER NOT NULL,
      description TEXT
    ) STRICT;
    CREATE UNIQUE INDEX limits_once ON limits (registered_limit_id, ifnull(project_id, ''), ifnull(domain_id, ''));
    CREATE INDEX limits_by_project ON limits (project_id);
    CREATE INDEX limits_by_domain ON limits (domain_id);
    """

  /// Upstream's tables refer to projects alone: services, regions and domains go without asking their limits.
  static let independentTables = """
    ALTER TABLE limits RENAME TO old_limits;
    ALTER TABLE registered_limits RENAME TO old_registered_limits;
    DROP INDEX registered_limits_once;
    DROP INDEX registered_limits_by_region;
    DROP INDEX limits_once;
    DROP INDEX limits_by_project;
    DROP INDEX limits_by_domain;
    CREATE TABLE registered_limits (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      service_id TEXT NOT NULL,
      region_id TEXT,
      resource_name TEXT NOT NULL,
      default_limit INTEGER NOT NULL,
      description TEXT
    ) STRICT;
    INSERT INTO registered_limits SELECT * FROM old_registered_limits;
    CREATE UNIQUE INDEX registered_limits_once ON registered_limits
      (service_id, ifnull(region_id, ''), resource_name);
    CREATE TABLE limits (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      registered_limit_id TEXT NOT NULL REFERENCES registered_limits (id) ON DELETE CASCADE,
      project_id TEXT REFERENCES projects (id) ON DELETE CASCADE,
      domain_id TEXT,
      service_id TEXT NOT NULL,
      region_id TEXT,
      resource_name TEXT NOT NULL,
      resource_limit INTEGER NOT NULL,
      description TEXT
    ) STRICT;
    INSERT INTO limits SELECT * FROM old_limits;
    DROP TABLE old_limits;
    DROP TABLE old_registered_limits;
    CREATE UNIQUE INDEX limits_once ON limits (registered_limit_id, ifnull(project_id, ''), ifnull(domain_id, ''));
    CREATE INDEX limits_by_project ON limits (project_id);
    CREATE INDEX limits_by_domain ON limits (domain_id);
    """
}

extension Catalog {
  /// Everything that an administrator can say of the catalog.
  static let routes =
    Region.routes + CatalogService.routes + Endpoint.routes + EndpointGroup.routes + EndpointFilter.routes

  /// Where the services are, and which of their endpoints a project gets to see. `seeded_services` keeps which of the
  /// cloud's own services have been written, so that one that was deleted does not come back.
  static let catalogTables = """
    CREATE TABLE regions (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      description TEXT NOT NULL DEFAULT '',
      parent_region_id TEXT REFERENCES regions (id) ON DELETE CASCADE,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE INDEX regions_by_parent ON regions (parent_region_id);
    CREATE TABLE services (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      type TEXT NOT NULL,
      name TEXT NOT NULL DEFAULT '',
      enabled INTEGER NOT NULL DEFAULT 1,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE TABLE endpoints (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      interface TEXT NOT NULL,
      region_id TEXT REFERENCES regions (id),
      service_id TEXT NOT NULL REFERENCES services (id) ON DELETE CASCADE,
      url TEXT NOT NULL,
      enabled INTEGER NOT NULL DEFAULT 1,
      extra TEXT NOT NULL DEFAULT '{}'
    ) STRICT;
    CREATE INDEX endpoints_by_service ON endpoints (service_id);
    CREATE INDEX endpoints_by_region ON endpoints (region_id);
    CREATE TABLE seeded_services (type TEXT PRIMARY KEY) STRICT;
    CREATE TABLE endpoint_groups (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      description TEXT,
      filters TEXT NOT NULL
    ) STRICT;
    CREATE TABLE project_endpoints (
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      endpoint_id TEXT NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
      PRIMARY KEY (project_id, endpoint_id)
    ) STRICT;
    CREATE INDEX project_endpoints_by_endpoint ON project_endpoints (endpoint_id);
    CREATE TABLE project_endpoint_groups (
      project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      endpoint_group_id TEXT NOT NULL REFERENCES endpoint_groups (id) ON DELETE CASCADE,
      PRIMARY KEY (project_id, endpoint_group_id)
    ) STRICT;
    CREATE INDEX project_endpoint_groups_by_group ON project_endpoint_groups (endpoint_group_id);
    """
}

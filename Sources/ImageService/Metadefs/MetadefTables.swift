import Persistence

/// The tables of metadata definitions. All that a namespace holds goes with it; resource types, being shared, stay.
enum MetadefTables {
  /// The tables that an answer about definitions depends on.
  static let names = [
    "metadef_namespaces", "metadef_objects", "metadef_properties", "metadef_tags", "metadef_resource_types",
    "metadef_associations",
  ]

  static let migration = Migration(
    5, "metadata definitions",
    """
    CREATE TABLE metadef_namespaces (
      id INTEGER PRIMARY KEY,
      namespace TEXT NOT NULL UNIQUE,
      display_name TEXT,
      description TEXT,
      visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
      protected INTEGER NOT NULL,
      owner TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX metadef_namespaces_by_created_at ON metadef_namespaces (created_at, id);
    CREATE TABLE metadef_objects (
      id INTEGER PRIMARY KEY,
      namespace_id INTEGER NOT NULL REFERENCES metadef_namespaces (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      description TEXT,
      required TEXT NOT NULL,
      properties TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (namespace_id, name)
    ) STRICT;
    CREATE TABLE metadef_properties (
      id INTEGER PRIMARY KEY,
      namespace_id INTEGER NOT NULL REFERENCES metadef_namespaces (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      definition TEXT NOT NULL,
      UNIQUE (namespace_id, name)
    ) STRICT;
    CREATE TABLE metadef_tags (
      id INTEGER PRIMARY KEY,
      namespace_id INTEGER NOT NULL REFERENCES metadef_namespaces (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (namespace_id, name)
    ) STRICT;
    CREATE TABLE metadef_resource_types (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE metadef_associations (
      id INTEGER PRIMARY KEY,
      namespace_id INTEGER NOT NULL REFERENCES metadef_namespaces (id) ON DELETE CASCADE,
      resource_type_id INTEGER NOT NULL REFERENCES metadef_resource_types (id),
      prefix TEXT,
      properties_target TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (namespace_id, resource_type_id)
    ) STRICT;
    CREATE INDEX metadef_associations_by_type ON metadef_associations (resource_type_id, namespace_id);
    """)
}

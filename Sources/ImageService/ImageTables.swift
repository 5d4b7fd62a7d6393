import Persistence

/// Glance's tables.
///
/// An image's bytes are blobs with rows of their own, one for each store: a snapshot shares the blob of the image it was
/// made from, and a blob goes with the last image that refers to it. Custom properties are rows, because lists filter by them.
enum ImageTables {
  static let migrations = MigrationSet(
    component: "image", migrations: [images, locations, tasks, cache, MetadefTables.migration, deleted])

  private static let images = Migration(
    1, "images with their bytes, properties, tags and members",
    """
    CREATE TABLE image_blobs (
      id TEXT PRIMARY KEY,
      size INTEGER NOT NULL CHECK (size >= 0),
      virtual_size INTEGER,
      checksum TEXT NOT NULL,
      os_hash_value TEXT NOT NULL
    ) STRICT;
    CREATE TABLE images (
      id TEXT PRIMARY KEY,
      name TEXT CHECK (length(name) <= 255),
      status TEXT NOT NULL CHECK (status IN (
        'queued', 'saving', 'uploading', 'importing', 'active', 'deactivated', 'killed', 'pending_delete')),
      visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private', 'shared', 'community')),
      owner TEXT,
      disk_format TEXT,
      container_format TEXT,
      size INTEGER,
      virtual_size INTEGER,
      checksum TEXT,
      os_hash_algo TEXT,
      os_hash_value TEXT,
      min_disk INTEGER NOT NULL CHECK (min_disk >= 0),
      min_ram INTEGER NOT NULL CHECK (min_ram >= 0),
      protected INTEGER NOT NULL,
      os_hidden INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      blob TEXT REFERENCES image_blobs (id),
      CHECK (status <> 'active' OR size IS NOT NULL)
    ) STRICT;
    CREATE INDEX images_by_created_at ON images (created_at, id);
    CREATE INDEX images_by_updated_at ON images (updated_at, created_at, id);
    CREATE INDEX images_by_name ON images (name, created_at, id);
    CREATE INDEX images_by_owner ON images (owner, created_at, id);
    CREATE INDEX images_by_blob ON images (blob);
    CREATE TABLE image_properties (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      value TEXT NOT NULL,
      UNIQUE (image_id, name)
    ) STRICT;
    CREATE INDEX image_properties_by_value ON image_properties (name, value, image_id);
    CREATE TABLE image_tags (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      value TEXT NOT NULL,
      UNIQUE (image_id, value)
    ) STRICT;
    CREATE INDEX image_tags_by_value ON image_tags (value, image_id);
    CREATE TABLE image_members (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      member TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'rejected')),
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      UNIQUE (image_id, member)
    ) STRICT;
    CREATE INDEX image_members_by_member ON image_members (member, status, image_id);
    """)

  /// What an image had before there were stores is in the first of them now; `images.blob` is left to what is in none.
  private static let locations = Migration(
    2, "the stores that hold images",
    """
    CREATE TABLE image_locations (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
      blob TEXT REFERENCES image_blobs (id),
      address TEXT,
      metadata TEXT NOT NULL,
      CHECK ((blob IS NULL) <> (address IS NULL))
    ) STRICT;
    CREATE INDEX image_locations_by_image ON image_locations (image_id, id);
    CREATE INDEX image_locations_by_blob ON image_locations (blob);
    INSERT INTO image_locations (image_id, blob, metadata)
      SELECT id, blob, '{"store":"fast"}' FROM images WHERE blob IS NOT NULL AND status <> 'queued' ORDER BY rowid;
    UPDATE images SET blob = NULL WHERE status <> 'queued';
    """)

  private static let cache = Migration(
    4, "the cache of images",
    """
    CREATE TABLE image_cache (
      id INTEGER PRIMARY KEY,
      image_id TEXT NOT NULL UNIQUE REFERENCES images (id) ON DELETE CASCADE,
      cached INTEGER NOT NULL,
      modified_at INTEGER NOT NULL
    ) STRICT;
    """)

  /// Tasks outlive their images, and so refer to none.
  private static let tasks = Migration(
    3, "tasks",
    """
    CREATE TABLE image_tasks (
      id TEXT PRIMARY KEY,
      type TEXT NOT NULL,
      status TEXT NOT NULL,
      owner TEXT NOT NULL,
      image_id TEXT,
      request_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      input TEXT NOT NULL,
      result TEXT NOT NULL,
      message TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      expires_at INTEGER
    ) STRICT;
    CREATE INDEX image_tasks_by_image ON image_tasks (image_id);
    CREATE INDEX image_tasks_by_created_at ON image_tasks (created_at, id);
    CREATE INDEX image_tasks_by_expires_at ON image_tasks (expires_at);
    """)

  /// The ids of images that are gone: Glance never gives them away again.
  private static let deleted = Migration(
    6, "the ids of deleted images",
    """
    CREATE TABLE deleted_images (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TRIGGER images_delete AFTER DELETE ON images BEGIN
      INSERT OR IGNORE INTO deleted_images (id) VALUES (old.id);
    END;
    """)
}

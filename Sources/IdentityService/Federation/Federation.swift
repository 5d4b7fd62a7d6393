import OpenStackAPI
import Persistence

/// What Keystone keeps of other clouds and of those who vouch for their users (Identity API v3 extensions,
/// "OS-FEDERATION"). It is configuration only: nobody can log in through it here.
enum Federation {
  static let path = "/OS-FEDERATION"

  static let routes =
    IdentityProvider.routes + FederationProtocol.routes + FederationMapping.routes + ServiceProvider.routes

  /// keystone.api.validation.parameter_types.boolean.
  static let boolean = Schema { value, _ in
    guard value.bool == nil else { return nil }
    guard value.text != nil || value.isNull else {
      return Violation(value, "\(value.pythonRepresentation) is not of type 'boolean', 'string', 'null'")
    }
    return words.array?.contains(value) == true
      ? nil : Violation(value, "\(value.pythonRepresentation) is not one of \(words.pythonRepresentation)")
  }

  private static let words: JSON = [
    true, "True", "TRUE", "true", false, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON", "off",
    "OFF", "yes", "no",
  ]

  /// `enabled`, which takes words too.
  static let enabled = Attribute("enabled", boolean) { ($0.bool ?? $0.text?.booleanWord ?? false).sqlValue }

  static let tables = """
    CREATE TABLE identity_providers (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      domain_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
      enabled INTEGER NOT NULL DEFAULT 0,
      description TEXT,
      authorization_ttl INTEGER
    ) STRICT;
    CREATE INDEX identity_providers_by_domain ON identity_providers (domain_id);
    CREATE TABLE remote_ids (
      remote_id TEXT PRIMARY KEY,
      provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX remote_ids_by_provider ON remote_ids (provider_id);
    CREATE TABLE federation_mappings (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      rules TEXT NOT NULL,
      schema_version TEXT NOT NULL
    ) STRICT;
    CREATE TABLE federation_protocols (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL,
      provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
      mapping_id TEXT NOT NULL,
      remote_id_attribute TEXT,
      UNIQUE (provider_id, id)
    ) STRICT;
    CREATE TABLE service_providers (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      auth_url TEXT NOT NULL,
      sp_url TEXT NOT NULL,
      enabled INTEGER NOT NULL DEFAULT 0,
      description TEXT,
      relay_state_prefix TEXT NOT NULL DEFAULT 'ss:mem:'
    ) STRICT;
    """
}

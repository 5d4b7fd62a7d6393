import OpenStackAPI

/// What users of Keystone make and end.
enum IdentityResources {
  static let all = people + roles + credentials + delegations + catalog + rules + federation

  private static func kind(
    _ name: String, in table: String, id: String = "id", called title: String? = nil, project: String? = nil,
    user: String? = nil, where existence: String = "TRUE", identity: String? = nil, parts: [ResourcePart] = [],
    unseen: [String] = [], secret: [String] = []
  ) -> ResourceKind {
    ResourceKind(
      name, in: table, id: id, called: title, project: project, user: user, where: existence, identity: identity,
      parts: parts, unseen: ["number", "name_key"] + unseen, secret: secret)
  }

  private static let people = [
    kind("domain", in: "projects", called: "name", where: "is_domain", unseen: ["is_domain"]),
    kind(
      "project", in: "projects", called: "name", where: "NOT is_domain",
      parts: [ResourcePart("tags", in: "project_tags", where: "project_id = projects.id", shown: "name")],
      unseen: ["is_domain"]),
    ResourceKind(
      "user", in: "users", called: "name", created: "created_at",
      parts: [
        ResourcePart("password", in: "passwords", where: "user_id = users.id", shown: "number"),
        ResourcePart(
          "federated", in: "federated_users", where: "user_id = users.id",
          shown: "provider_id || '/' || protocol_id || '/' || unique_id"),
      ],
      unseen: ["number", "name_key", "token_generation"], secret: ["password"]),
    kind("group", in: "user_groups", called: "name"),
    kind(
      "group_membership", in: "memberships", id: "group_id || '/' || user_id",
      called: "(SELECT name FROM users AS u WHERE u.id = user_id)", user: "user_id"),
    kind(
      "domain_option", in: "domain_options", id: "domain_id || '/' || group_name || '/' || name", called: "name",
      secret: ["value"]),
  ]

  private static let roles = [
    kind("role", in: "roles", called: "name"),
    kind(
      "implied_role", in: "implied_roles", id: "prior_role_id || '/' || implied_role_id",
      called: "(SELECT name FROM roles AS r WHERE r.id = implied_role_id)"),
    kind(
      "role_assignment", in: "role_assignments",
      id: assignment, called: "(SELECT name FROM roles AS r WHERE r.id = role_id)",
      project: "iif(scope = 'project', target_id, NULL)", user: "user_id", identity: "scope || '/' || " + assignment),
  ]

  private static let assignment = """
    ifnull(target_id, scope) || '/' || ifnull(user_id, group_id) || '/' || role_id || iif(inherited, '/inherited', '')
    """

  private static let credentials = [
    kind(
      "credential", in: "credentials", called: "type", project: "project_id", user: "user_id", secret: ["blob"]),
    kind(
      "application_credential", in: "application_credentials", called: "name", project: "project_id", user: "user_id",
      parts: [
        ResourcePart(
          "roles", in: "application_credential_roles", where: "application_credential_id = application_credentials.id",
          shown: "role_id"),
        ResourcePart(
          "access_rules", in: "application_credential_access_rules",
          where: "application_credential_id = application_credentials.id", shown: "access_rule_id"),
      ], secret: ["secret_hash"]),
    kind(
      "access_rule", in: "access_rules", called: "service || ' ' || method || ' ' || path", user: "user_id"),
  ]

  private static let delegations = [
    kind(
      "trust", in: "trusts", project: "project_id", user: "trustor_user_id",
      parts: [
        ResourcePart("roles", in: "trust_roles", where: "trust_id = trusts.id", shown: "role_id"),
        ResourcePart("remaining_uses", in: "trust_uses", where: "trust_id = trusts.id", shown: "remaining"),
      ]),
    kind("consumer", in: "consumers", called: "description", secret: ["secret"]),
  ]

  private static let catalog = [
    kind("region", in: "regions", called: "description"),
    kind("service", in: "services", called: "name"),
    kind("endpoint", in: "endpoints", called: "interface || ' ' || url"),
    kind("endpoint_group", in: "endpoint_groups", called: "name"),
    kind(
      "project_endpoint", in: "project_endpoints", id: "project_id || '/' || endpoint_id", project: "project_id"),
    kind(
      "project_endpoint_group", in: "project_endpoint_groups", id: "endpoint_group_id || '/' || project_id",
      project: "project_id"),
  ]

  private static let rules = [
    kind("policy", in: "policies", called: "type"),
    kind(
      "policy_association", in: "policy_associations",
      id: "policy_id || '/' || ifnull(endpoint_id, service_id) || ifnull('/' || region_id, '')"),
    kind("registered_limit", in: "registered_limits", called: "resource_name"),
    kind("limit", in: "limits", called: "resource_name", project: "project_id"),
  ]

  private static let federation = [
    kind(
      "identity_provider", in: "identity_providers", called: "description",
      parts: [
        ResourcePart("remote_ids", in: "remote_ids", where: "provider_id = identity_providers.id", shown: "remote_id")
      ]),
    kind("mapping", in: "federation_mappings"),
    kind("federation_protocol", in: "federation_protocols", id: "provider_id || '/' || id", called: "id"),
    kind("service_provider", in: "service_providers", called: "description"),
  ]
}

import OpenStackAPI

/// The rules that many of Keystone's operations share (keystone.common.policies.base).
extension PolicyRule {
  /// Administrators; for what concerns the cloud as a whole, so that a token for a domain is none.
  static let keystoneAdmin = PolicyRule("rule:admin_required").only([.system, .project])
  /// Administrators, and readers of the whole system; the same kinds of token.
  static let systemReader = PolicyRule("rule:admin_required or (role:reader and system_scope:all)")
    .only([.system, .project])

  /// The roles that a domain's manager may give (the rule `domain_managed_target_role`).
  static let managedRole: PolicyRule =
    "'manager':%(target.role.name)s or 'member':%(target.role.name)s or 'reader':%(target.role.name)s"
}

extension IdentityService {
  /// Rules that no route stands for.
  static let rules: [String: PolicyRule] = [
    "domain_managed_target_role": .managedRole,
    "identity:list_domain_roles": .systemReader,
    "identity:get_domain_role": .systemReader,
    "identity:create_domain_role": .keystoneAdmin,
    "identity:update_domain_role": .keystoneAdmin,
    "identity:delete_domain_role": .keystoneAdmin,
    "identity:list_role_assignments_for_tree": RoleAssignments.rule,
  ]
}

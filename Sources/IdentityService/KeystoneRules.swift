import OpenStackAPI

/// The rules that many of Keystone's operations share (keystone.common.policies.base).
extension PolicyRule {
  /// Administrators; for what concerns the cloud as a whole, so that a token for a domain is none.
  static let keystoneAdmin = PolicyRule("rule:admin_required").only([.system, .project])
  /// Administrators, and readers of the whole system; the same kinds of token.
  static let systemReader = PolicyRule("rule:admin_required or (role:reader and system_scope:all)")
    .only([.system, .project])
}

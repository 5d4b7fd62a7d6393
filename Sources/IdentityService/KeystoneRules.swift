import OpenStackAPI

/// The rules that many of Keystone's operations share (keystone.common.policies.base).
extension PolicyRule {
  /// Administrators, of whatever scope.
  static let keystoneAdmin: PolicyRule = "rule:admin_required"
  /// Administrators whose token is not for a domain: what concerns the cloud as a whole.
  static let cloudAdmin = keystoneAdmin.only([.system, .project])
  /// Administrators, and readers of the whole system.
  static let systemReader: PolicyRule = "rule:admin_required or (role:reader and system_scope:all)"
}

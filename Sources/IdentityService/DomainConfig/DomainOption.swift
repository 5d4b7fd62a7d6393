import OpenStackAPI

/// An option that a domain may set for itself: the whole list is Keystone's (keystone.resource.core,
/// DomainConfigManager), its defaults are those of keystone.conf.
struct DomainOption: Sendable {
  let group: String
  let name: String
  let defaultValue: JSON

  /// All options that answers show, in Keystone's order.
  static let shown: [DomainOption] =
    identity.map { DomainOption(group: "identity", name: $0.key, defaultValue: $0.value) }
    + ldap.map { DomainOption(group: "ldap", name: $0.key, defaultValue: $0.value) }

  /// Options that are kept and never shown.
  private static let secret: [String: [String]] = ["ldap": ["password"]]
  private static let groups = ["identity", "ldap"]

  static func isSecret(_ name: String, in group: String) -> Bool { secret[group]?.contains(name) == true }

  static func isShown(_ name: String, in group: String) -> Bool {
    shown.contains { $0.group == group && $0.name == name }
  }

  /// Refuses what is not in the list.
  static func refuseUnknown(group: String?, option: String?) throws {
    guard let group else { return }
    guard groups.contains(group) else {
      throw Fault.invalidDomainConfig("Group \(group) is not supported for domain specific configurations")
    }
    guard let option, !isShown(option, in: group), !isSecret(option, in: group) else { return }
    throw Fault.invalidDomainConfig(
      "Option \(option) in group \(group) is not supported for domain specific configurations")
  }

  private static let identity: KeyValuePairs<String, JSON> = ["driver": "sql", "list_limit": nil]

  private static let ldap: KeyValuePairs<String, JSON> = [
    "url": "ldap://localhost",
    "user": nil,
    "suffix": "cn=example,cn=com",
    "query_scope": "one",
    "page_size": 0,
    "alias_dereferencing": "default",
    "debug_level": nil,
    "chase_referrals": nil,
    "user_tree_dn": nil,
    "user_filter": nil,
    "user_objectclass": "inetOrgPerson",
    "user_id_attribute": "cn",
    "user_name_attribute": "sn",
    "user_mail_attribute": "mail",
    "user_description_attribute": "description",
    "user_pass_attribute": "userPassword",
    "user_enabled_attribute": "enabled",
    "user_enabled_invert": false,
    "user_enabled_mask": 0,
    "user_enabled_default": "True",
    "user_attribute_ignore": ["default_project_id"],
    "user_default_project_id_attribute": nil,
    "user_enabled_emulation": false,
    "user_enabled_emulation_dn": nil,
    "user_enabled_emulation_use_group_config": false,
    "user_additional_attribute_mapping": [],
    "group_tree_dn": nil,
    "group_filter": nil,
    "group_objectclass": "groupOfNames",
    "group_id_attribute": "cn",
    "group_name_attribute": "ou",
    "group_members_are_ids": false,
    "group_member_attribute": "member",
    "group_desc_attribute": "description",
    "group_attribute_ignore": [],
    "group_additional_attribute_mapping": [],
    "tls_cacertfile": nil,
    "tls_cacertdir": nil,
    "use_tls": false,
    "tls_req_cert": "demand",
    "use_pool": true,
    "pool_size": 10,
    "pool_retry_max": 3,
    "pool_retry_delay": .number(0.1),
    "pool_connection_timeout": -1,
    "pool_connection_lifetime": 600,
    "use_auth_pool": true,
    "auth_pool_size": 100,
    "auth_pool_connection_lifetime": 60,
  ]
}

extension Fault {
  /// keystone.exception.InvalidDomainConfig.
  static func invalidDomainConfig(_ reason: String) -> Fault {
    .forbidden("Invalid domain specific configuration: \(reason).", reason: .schema)
  }
}

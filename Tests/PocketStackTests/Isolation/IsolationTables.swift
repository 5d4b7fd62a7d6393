extension Victim {
  /// What stands for itself in paths.
  static let fixedNames = [
    "tags": "atag", "ips": "anetwork", "metadata": "akey", "os-extra_specs": "akey", "extensions": "os-keypairs",
    "os-console-auth-tokens": "atoken", "versions": "v2.1",
    "os-keypairs": "akeypair", "regions": "aregion", "os-quota-sets": project, "os-quota-class-sets": "default",
    "migrations": "1", "consoles": "1", "os-agents": "1", "os-cells": "1", "os-certificates": "1", "os-cloudpipe": "1",
    "os-fixed-ips": "10.0.0.1", "os-floating-ip-dns": "1", "entries": "1", "os-floating-ips-bulk": "1", "os-fping": "1",
    "os-networks": "1", "os-security-group-default-rules": "1", "os-tenant-networks": "1",
    "os-simple-tenant-usage": project, "os-hosts": "pocketstack",
    "os-instance_usage_audit_log": "2026-01-01%2000:00:00", "os-services": "disable", "os-hypervisors": "1",
    "os-aggregates": "1", "stores": "fast", "objects": "anobject", "properties": "aproperty",
    "resource_types": "atype",
    "authorize": "0123456789abcdef0123456789abcdef", "access_tokens": "0123456789abcdef0123456789abcdef",
    "identity_providers": "anidp", "protocols": "aprotocol", "mappings": "amapping", "service_providers": "asp",
    "config": "identity", "identity": "driver", "security_compliance": "password_regex",
  ]

  /// What the victim owns, in the order in which it is made.
  static let resources: [Resource] = [
    Resource(
      segment: "images", base: "/image/v2", path: "/images",
      body: #"{"name": "<mark>", "disk_format": "raw", "container_format": "bare", "tags": ["atag"]}"#, id: ["id"]),
    Resource(
      segment: "members", base: "/image/v2", path: "/images/<images>/members", body: #"{"member": "amember"}"#,
      id: ["member_id"]),
    Resource(
      segment: "tasks", isOfAdmin: true, base: "/image/v2", path: "/tasks",
      body: #"{"type": "api_image_import", "input": {"image_id": "<images>"}}"#, id: ["id"]),
    Resource(
      segment: "namespaces", isOfAdmin: true, base: "/image/v2", path: "/metadefs/namespaces",
      body: """
        {"namespace": "anamespace", "description": "<mark>", "owner": "<projects>", "objects": [{"name": "anobject"}],
        "properties": {"aproperty": {"title": "x", "type": "string"}}, "tags": [{"name": "atag"}],
        "resource_type_associations": [{"name": "atype"}]}
        """, id: ["namespace"]),
    Resource(
      segment: "flavors", isOfAdmin: true, base: "/compute/v2.1", path: "/flavors",
      body: """
        {"flavor": {"name": "<mark>", "ram": 64, "vcpus": 1, "disk": 1, "os-flavor-access:is_public": false}}
        """, id: ["flavor", "id"]),
    Resource(
      segment: "access", isOfAdmin: true, base: "/compute/v2.1", path: "/flavors/<flavors>/action",
      body: #"{"addTenantAccess": {"tenant": "<projects>"}}"#, id: []),
    Resource(
      segment: "specs", isOfAdmin: true, base: "/compute/v2.1", path: "/flavors/<flavors>/os-extra_specs",
      body: #"{"extra_specs": {"akey": "<mark>"}}"#, id: []),
    Resource(
      segment: "os-aggregates", isOfAdmin: true, base: "/compute/v2.1", path: "/os-aggregates",
      body: #"{"aggregate": {"name": "<mark>"}}"#, id: []),
    Resource(
      segment: "os-server-groups", base: "/compute/v2.1", path: "/os-server-groups",
      body: #"{"server_group": {"name": "<mark>", "policies": ["affinity"]}}"#, id: ["server_group", "id"]),
    Resource(
      segment: "servers", base: "/compute/v2.1", path: "/servers",
      body: """
        {"server": {"name": "<mark>", "flavorRef": "<flavors>", "imageRef": "<bootable>", "metadata": {"akey": "<mark>"}},
        "os:scheduler_hints": {"group": "<os-server-groups>"}}
        """, id: ["server", "id"]),
    Resource(
      segment: "os-instance-actions", method: "GET", base: "/compute/v2.1",
      path: "/servers/<servers>/os-instance-actions", body: "{}", id: ["instanceActions", "0", "request_id"]),
    Resource(
      segment: "keypair", base: "/compute/v2.1", path: "/os-keypairs",
      body: #"{"keypair": {"name": "akeypair"}}"#, id: []),
    Resource(
      segment: "groups", isOfAdmin: true, base: "/identity/v3", path: "/groups",
      body: #"{"group": {"name": "<mark>", "domain_id": "victims"}}"#, id: ["group", "id"]),
    Resource(
      segment: "membership", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/groups/<groups>/users/<users>", body: "{}", id: []),
    Resource(
      segment: "roles", isOfAdmin: true, base: "/identity/v3", path: "/roles",
      body: #"{"role": {"name": "arole", "description": "of all"}}"#, id: ["role", "id"]),
    Resource(
      segment: "tag", isOfAdmin: true, method: "PUT", base: "/identity/v3", path: "/projects/<projects>/tags/atag",
      body: "{}", id: []),
    Resource(
      segment: "region", isOfAdmin: true, base: "/identity/v3", path: "/regions",
      body: #"{"region": {"id": "aregion"}}"#, id: []),
    Resource(
      segment: "services", isOfAdmin: true, base: "/identity/v3", path: "/services",
      body: #"{"service": {"type": "atype", "name": "a"}}"#, id: ["service", "id"]),
    Resource(
      segment: "endpoints", isOfAdmin: true, base: "/identity/v3", path: "/endpoints",
      body: """
        {"endpoint": {"service_id": "<services>", "interface": "public", "url": "http://h/", "region_id": "aregion"}}
        """, id: ["endpoint", "id"]),
    Resource(
      segment: "endpoint_groups", isOfAdmin: true, base: "/identity/v3", path: "/OS-EP-FILTER/endpoint_groups",
      body: #"{"endpoint_group": {"name": "<mark>", "filters": {"service_id": "<services>"}}}"#,
      id: ["endpoint_group", "id"]),
    Resource(
      segment: "policies", isOfAdmin: true, base: "/identity/v3", path: "/policies",
      body: #"{"policy": {"blob": "<mark>", "type": "application/json"}}"#, id: ["policy", "id"]),
    Resource(
      segment: "registered_limits", isOfAdmin: true, base: "/identity/v3", path: "/registered_limits",
      body: """
        {"registered_limits": [{"service_id": "<services>", "resource_name": "things", "default_limit": 5}]}
        """, id: ["registered_limits", "0", "id"]),
    Resource(
      segment: "limits", isOfAdmin: true, base: "/identity/v3", path: "/limits",
      body: """
        {"limits": [{"service_id": "<services>", "project_id": "<projects>", "resource_name": "things",
        "resource_limit": 3, "description": "<mark>"}]}
        """, id: ["limits", "0", "id"]),
    Resource(
      segment: "OS-KSADM", isOfAdmin: true, base: "/identity/v3", path: "/roles",
      body: #"{"role": {"name": "another role"}}"#, id: ["role", "id"]),
    Resource(
      segment: "implies", isOfAdmin: true, base: "/identity/v3", path: "/roles",
      body: #"{"role": {"name": "implied"}}"#, id: ["role", "id"]),
    Resource(
      segment: "implication", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/roles/<roles>/implies/<implies>", body: "{}", id: []),
    Resource(
      segment: "grant", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/projects/<projects>/users/<users>/roles/<roles>", body: "{}", id: []),
    Resource(
      segment: "configuration", isOfAdmin: true, method: "PUT", base: "/identity/v3", path: "/domains/<domains>/config",
      body: #"{"config": {"identity": {"driver": "sql"}}}"#, id: []),
    Resource(
      segment: "member", method: "GET", base: "/identity/v3", path: "/auth/tokens", body: "{}",
      id: ["token", "roles", "0", "id"]),
    Resource(
      segment: "credentials", base: "/identity/v3", path: "/credentials",
      body: #"{"credential": {"type": "cert", "blob": "<mark>", "user_id": "<users>"}}"#, id: ["credential", "id"]),
    Resource(
      segment: "OS-EC2", base: "/identity/v3", path: "/users/<users>/credentials/OS-EC2",
      body: #"{"tenant_id": "<projects>"}"#, id: ["credential", "access"]),
    Resource(
      segment: "application_credentials", base: "/identity/v3", path: "/users/<users>/application_credentials",
      body: """
        {"application_credential": {"name": "a", "description": "<mark>",
        "access_rules": [{"service": "compute", "method": "GET", "path": "/v2.1/<mark>"}]}}
        """, id: ["application_credential", "id"]),
    Resource(
      segment: "access_rules", method: "GET", base: "/identity/v3", path: "/users/<users>/access_rules", body: "{}",
      id: ["access_rules", "0", "id"]),
    Resource(
      segment: "trusts", base: "/identity/v3", path: "/OS-TRUST/trusts",
      body: """
        {"trust": {"trustor_user_id": "<users>", "trustee_user_id": "<users>", "project_id": "<projects>",
        "impersonation": false, "roles": [{"name": "member"}]}}
        """, id: ["trust", "id"]),
    Resource(
      segment: "consumers", isOfAdmin: true, base: "/identity/v3", path: "/OS-OAUTH1/consumers",
      body: #"{"consumer": {"description": "<mark>"}}"#, id: ["consumer", "id"]),
    Resource(
      segment: "mapping", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/OS-FEDERATION/mappings/amapping",
      body: """
        {"mapping": {"rules": [{"local": [{"user": {"name": "{0}"}}], "remote": [{"type": "<mark>"}]}]}}
        """, id: []),
    Resource(
      segment: "identity provider", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/OS-FEDERATION/identity_providers/anidp",
      body: #"{"identity_provider": {"description": "<mark>", "domain_id": "victims"}}"#, id: []),
    Resource(
      segment: "protocol", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/OS-FEDERATION/identity_providers/anidp/protocols/aprotocol",
      body: #"{"protocol": {"mapping_id": "amapping"}}"#, id: []),
    Resource(
      segment: "service provider", isOfAdmin: true, method: "PUT", base: "/identity/v3",
      path: "/OS-FEDERATION/service_providers/asp",
      body: """
        {"service_provider": {"auth_url": "http://h/", "sp_url": "http://h/", "description": "<mark>"}}
        """, id: []),
  ]
}

extension IsolationTests {
  /// Queries that ask for what is the victim's.
  static let queries = [
    "os_compute_api:os-keypairs:index": "user_id=<users>", "os_compute_api:os-keypairs:show": "user_id=<users>",
    "os_compute_api:os-keypairs:delete": "user_id=<users>", "os_compute_api:servers:index": "all_tenants=1",
    "os_compute_api:servers:detail": "all_tenants=1&project_id=<projects>",
    "os_compute_api:limits": "tenant_id=<projects>", "get_images": "owner=<projects>&visibility=all",
    "identity:list_projects": "domain_id=victims", "identity:list_users": "domain_id=victims",
    "identity:list_groups": "domain_id=victims",
  ]

  /// Bodies that would change what is the victim's, for rows whose schema refuses the plain one: by operation, or by path
  /// or action where these share one.
  static let bodies: [String: String] = [
    "identity:update_project_tags": #"{"tags": ["x"]}"#,
    "identity:create_credential": #"{"credential": {"type": "cert", "blob": "x", "user_id": "<users>"}}"#,
    "identity:update_credential": #"{"credential": {"blob": "x"}}"#,
    "identity:update_limit": #"{"limit": {"resource_limit": 5}}"#,
    "identity:create_trust": """
    {"trust": {"trustor_user_id": "<users>", "trustee_user_id": "<users>", "project_id": "<projects>",
    "impersonation": false, "roles": [{"name": "member"}]}}
    """,
    "os_compute_api:os-admin-actions:reset_state": #"{"os-resetState": {"state": "error"}}"#,
    "os-getVNCConsole": #"{"os-getVNCConsole": {"type": "novnc"}}"#,
    "os-getSPICEConsole": #"{"os-getSPICEConsole": {"type": "spice-html5"}}"#,
    "os-getSerialConsole": #"{"os-getSerialConsole": {"type": "serial"}}"#,
    "os_compute_api:os-remote-consoles": #"{"remote_console": {"protocol": "vnc", "type": "novnc"}}"#,
    "os_compute_api:os-evacuate": #"{"evacuate": {"onSharedStorage": false}}"#,
    "os_compute_api:os-migrate-server:migrate_live": """
    {"os-migrateLive": {"host": null, "block_migration": false, "disk_over_commit": false}}
    """,
    "os_compute_api:servers:rebuild": #"{"rebuild": {"imageRef": "<images>"}}"#,
    "os_compute_api:os-admin-password": #"{"changePassword": {"adminPass": "x"}}"#,
    "os_compute_api:os-create-backup": """
    {"createBackup": {"name": "x", "backup_type": "daily", "rotation": 1}}
    """,
    "os_compute_api:os-console-output": #"{"os-getConsoleOutput": {}}"#,
    "os_compute_api:os-flavor-access:add_tenant_access": #"{"addTenantAccess": {"tenant": "<strangers>"}}"#,
    "os_compute_api:os-flavor-access:remove_tenant_access": #"{"removeTenantAccess": {"tenant": "<projects>"}}"#,
    "os_compute_api:os-flavor-manage:create": #"{"flavor": {"name": "x", "ram": 64, "vcpus": 1, "disk": 0}}"#,
    "os_compute_api:os-flavor-manage:update": #"{"flavor": {"description": "x"}}"#,
    "os_compute_api:os-flavor-extra-specs:create": #"{"extra_specs": {"akey": "x"}}"#,
    "os_compute_api:os-flavor-extra-specs:update": #"{"akey": "x"}"#,
    "compute:aggregates:images": #"{"cache": [{"id": "<images>"}]}"#,
    "os_compute_api:os-aggregates:add_host": #"{"add_host": {"host": "pocketstack"}}"#,
    "os_compute_api:os-aggregates:remove_host": #"{"remove_host": {"host": "pocketstack"}}"#,
    "os_compute_api:os-aggregates:set_metadata": #"{"set_metadata": {"metadata": {"akey": "x"}}}"#,
    "os_compute_api:os-services:update": #"{"host": "pocketstack", "binary": "nova-compute"}"#,
    "os_compute_api:os-hosts:update": #"{"status": "enable"}"#,
    "os_compute_api:os-quota-class-sets:update": #"{"quota_class_set": {"cores": 1}}"#,
    "os_compute_api:os-quota-sets:update": #"{"quota_set": {"cores": 1}}"#,
    "os_compute_api:os-server-groups:create": #"{"server_group": {"name": "x", "policies": ["affinity"]}}"#,
    "os_compute_api:os-server-external-events:create": """
    {"events": [{"name": "network-changed", "server_uuid": "<servers>"}]}
    """,
    "os_compute_api:os-server-tags:update": "null",
    "os_compute_api:os-server-tags:update_all": #"{"tags": ["x"]}"#,
    "os_compute_api:server-metadata:create": #"{"metadata": {"akey": "x"}}"#,
    "os_compute_api:server-metadata:update": #"{"meta": {"akey": "x"}}"#,
    "os_compute_api:server-metadata:update_all": #"{"metadata": {"akey": "x"}}"#,
    "os_compute_api:servers:create": """
    {"server": {"name": "x", "flavorRef": "<flavors>", "imageRef": "<images>", "key_name": "akeypair"}}
    """,
    "os_compute_api:servers:create_image": #"{"createImage": {"name": "x"}}"#,
    "os_compute_api:servers:reboot": #"{"reboot": {"type": "HARD"}}"#,
    "os_compute_api:servers:resize": #"{"resize": {"flavorRef": "<flavors>"}}"#,
    "add_metadef_namespace": #"{"namespace": "x"}"#, "modify_metadef_namespace": #"{"namespace": "x"}"#,
    "add_metadef_object": #"{"name": "x"}"#, "modify_metadef_object": #"{"name": "x"}"#,
    "add_metadef_property": #"{"name": "x", "title": "x", "type": "string"}"#,
    "modify_metadef_property": #"{"name": "x", "title": "x", "type": "string"}"#,
    "add_metadef_tags": #"{"tags": []}"#, "modify_metadef_tag": #"{"name": "x"}"#,
    "add_metadef_resource_type_association": #"{"name": "x"}"#,
    "upload_image": "x", "/images/:image_id/stage": "x",
    "/images/:image_id/import": #"{"method": {"name": "web-download", "uri": "http://h/"}}"#,
    "/images/:image_id/locations": #"{"url": "http://h/"}"#,
    "add_member": #"{"member": "x"}"#, "modify_member": #"{"status": "accepted"}"#,
    "modify_image": #"[{"op": "replace", "path": "/name", "value": "x"}]"#,
  ]
}

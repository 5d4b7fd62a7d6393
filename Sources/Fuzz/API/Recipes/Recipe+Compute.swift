import OpenStackAPI

extension Recipe {
  static let ofCompute: [String: Recipe] = [
    "compute POST /flavors": .body(
      #"{"flavor": {"name": "<new>", "ram": 64, "vcpus": 1, "disk": 0, "os-flavor-access:is_public": false}}"#,
      #"{"flavor": {"name": "<new>", "ram": 64, "vcpus": 1, "disk": 0}}"#),
    "compute GET /flavors/:flavor_id/os-flavor-access": Recipe(before: ["compute POST /flavors"]),
    "compute PUT /flavors/:flavor_id/os-extra_specs/:key": .body(#"{"key": "1"}"#, parameters: ["key": ["key"]]),
    "compute POST /flavors/:flavor_id/os-extra_specs": .body(
      #"{"extra_specs": {"key": "1", "hw:cpu_policy": "shared"}}"#),
    "compute POST /flavors/:id/action addTenantAccess": .body(
      #"{"addTenantAccess": {"tenant": "<project>"}}"#, before: ["compute POST /flavors"]),
    "compute POST /flavors/:id/action removeTenantAccess": .body(
      #"{"removeTenantAccess": {"tenant": "<project>"}}"#, before: ["compute POST /flavors/:id/action addTenantAccess"]),
    "compute POST /os-keypairs": .body(
      #"{"keypair": {"name": "<new>", "public_key": "\#(Draw.publicKey)"}}"#,
      #"{"keypair": {"name": "<new>", "type": "x509"}}"#),
    "compute POST /os-aggregates": .body(#"{"aggregate": {"name": "<new>"}}"#),
    "compute POST /os-aggregates/:id/action add_host": .body(#"{"add_host": {"host": "pocketstack"}}"#),
    "compute POST /os-aggregates/:id/action remove_host": .body(
      #"{"remove_host": {"host": "pocketstack"}}"#, before: ["compute POST /os-aggregates/:id/action add_host"]),
    "compute POST /os-aggregates/:id/images": .body(#"{"cache": [{"id": "<image>"}]}"#),
    "compute PUT /os-quota-sets/:id": .body(#"{"quota_set": {"cores": 100, "force": true}}"#),
    "compute GET /os-quota-sets/:id": Recipe(parameters: ["id": ["<project>"]]),
    "compute GET /os-quota-sets/:id/detail": Recipe(parameters: ["id": ["<project>"]]),
    "compute GET /os-quota-sets/:id/defaults": Recipe(parameters: ["id": ["<project>"]]),
    "compute DELETE /os-quota-sets/:id": Recipe(parameters: ["id": ["<project>"]]),
    "compute GET /os-simple-tenant-usage/:id": Recipe(
      queries: ["", "start=2025-12-01T00:00:00&end=2026-02-01T00:00:00"], parameters: ["id": ["<own project>"]]),
    "compute GET /os-simple-tenant-usage": Recipe(queries: ["", "detailed=1&start=2025-12-01T00:00:00"]),
    "compute PUT /os-services/:id": .body(
      #"{"status": "enabled"}"#, #"{"forced_down": true}"#, #"{"forced_down": false}"#,
      #"{"status": "disabled", "disabled_reason": "x"}"#, #"{"host": "pocketstack", "binary": "nova-compute"}"#,
      before: ["compute GET /os-services"]),
    "v2 compute PUT /os-services/:id": .body(
      #"{"host": "pocketstack", "binary": "nova-compute"}"#, parameters: ["id": ["enable"]]),
    "compute DELETE /os-services/:id": Recipe(before: ["compute GET /os-services"]),
    "compute PUT /os-hosts/:id": .body(#"{"status": "enable"}"#, parameters: ["id": ["pocketstack"]]),
    "compute GET /os-hypervisors/:id/search": Recipe(parameters: ["id": ["pocketstack"]]),
    "compute GET /os-hypervisors/:id/servers": Recipe(parameters: ["id": ["pocketstack"]]),
    "compute GET /os-instance_usage_audit_log/:id": Recipe(parameters: ["id": ["2026-01-01 00:00:00"]]),
    "compute GET /os-console-auth-tokens/:id": Recipe(before: [
      "compute POST /servers/:server_id/remote-consoles"
    ]),
    "compute PUT /os-aggregates/:id": .body(#"{"aggregate": {"name": "<new>"}}"#),
    "compute POST /os-server-external-events": .body(
      #"{"events": [{"name": "network-changed", "server_uuid": "<server>"}]}"#, before: ["compute POST /servers"]),
    "compute POST /os-assisted-volume-snapshots": .body(
      #"{"snapshot": {"volume_id": "<uuid>", "create_info": {"snapshot_id": "<uuid>", "type": "qcow2", "new_file": "a"}}}"#
    ),
    "compute POST /images/:image_id/metadata": .body(#"{"metadata": {"key": "value"}}"#),
    "compute PUT /images/:image_id/metadata": .body(#"{"metadata": {"key": "value"}}"#),
    "compute PUT /images/:image_id/metadata/:key": .body(#"{"meta": {"key": "value"}}"#, parameters: ["key": ["key"]]),
  ]
}

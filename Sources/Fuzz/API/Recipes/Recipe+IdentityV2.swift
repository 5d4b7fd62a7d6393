import OpenStackAPI

extension Recipe {
  static let ofIdentityV2: [String: Recipe] = [
    "identity-v2 POST /tokens": .body(
      #"{"auth": {"passwordCredentials": {"username": "demo", "password": "secret"}, "tenantName": "demo"}}"#,
      #"{"auth": {"token": {"id": "<token>"}, "tenantId": "<own project>"}}"#,
      #"{"auth": {"passwordCredentials": {"userId": "<own user>", "password": "secret"}, "trust_id": "<trust>"}}"#),
    "identity-v2 GET /tokens/:token_id": Recipe(parameters: ["token_id": ["<token>"]]),
    "identity-v2 HEAD /tokens/:token_id": Recipe(parameters: ["token_id": ["<token>"]]),
    "identity-v2 GET /tokens/:token_id/endpoints": Recipe(parameters: ["token_id": ["<token>"]]),
    "identity-v2 DELETE /tokens/:token_id": Recipe(parameters: ["token_id": ["<other token>"]]),
    "identity-v2 POST /ec2tokens": ofTokens["identity POST /ec2tokens"] ?? Recipe(),
    "identity-v2 PATCH /OS-KSCRUD/users/:user_id": .body(
      #"{"user": {"original_password": "secret", "password": "secret"}}"#),
    "identity-v2 POST /tenants": .body(#"{"tenant": {"name": "<new>"}}"#),
    "identity-v2 POST /tenants/:tenant_id": .body(#"{"tenant": {"description": "x"}}"#),
    "identity-v2 PUT /tenants/:tenant_id": .body(#"{"tenant": {"description": "x", "enabled": true}}"#),
    "identity-v2 POST /users": .body(#"{"user": {"name": "<new>", "password": "secret", "tenantId": "<project>"}}"#),
    "identity-v2 PUT /users/:user_id": .body(#"{"user": {"email": "a@b"}}"#),
    "identity-v2 PUT /users/:user_id/OS-KSADM/enabled": .body(#"{"user": {"enabled": true}}"#),
    "identity-v2 PUT /users/:user_id/enabled": .body(#"{"user": {"enabled": true}}"#),
    "identity-v2 PUT /users/:user_id/OS-KSADM/password": .body(#"{"user": {"password": "secret"}}"#),
    "identity-v2 PUT /users/:user_id/password": .body(#"{"user": {"password": "secret"}}"#),
    "identity-v2 PUT /users/:user_id/OS-KSADM/tenant": .body(#"{"user": {"tenantId": "<project>"}}"#),
    "identity-v2 PUT /users/:user_id/tenant": .body(#"{"user": {"tenantId": "<project>"}}"#),
    "identity-v2 POST /OS-KSADM/roles": .body(#"{"role": {"name": "<new>"}}"#),
    "identity-v2 POST /OS-KSADM/services": .body(#"{"OS-KSADM:service": {"name": "<new>", "type": "t"}}"#),
    "identity-v2 POST /endpoints": .body(
      #"{"endpoint": {"service_id": "<service>", "publicurl": "http://h/", "region": "RegionOne"}}"#),
    "identity-v2 POST /users/:user_id/credentials/OS-EC2": .body(#"{"tenant_id": "<own project>"}"#),
    "identity-v2 GET /extensions/:alias": Recipe(parameters: ["alias": ["OS-KSADM", "OS-EC2"]]),
  ]
}

import OpenStackAPI

extension Recipe {
  static let ofTokens: [String: Recipe] = [
    "identity POST /auth/tokens": .body(
      """
      {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "domain": {"id": "default"},
      "password": "secret"}}}, "scope": {"project": {"name": "demo", "domain": {"id": "default"}}}}}
      """,
      #"{"auth": {"identity": {"methods": ["token"], "token": {"id": "<token>"}}, "scope": {"project": {"id": "<own project>"}}}}"#,
      """
      {"auth": {"identity": {"methods": ["password", "totp"], "totp": {"user": {"id": "<own user>", "passcode": "000000"}},
      "password": {"user": {"id": "<own user>", "password": "secret"}}}, "scope": {"system": {"all": true}}}}
      """,
      """
      {"auth": {"identity": {"methods": ["application_credential"], "application_credential":
      {"id": "<application_credential>", "secret": "x"}}}}
      """,
      #"{"auth": {"identity": {"methods": ["token"], "token": {"id": "<token>"}}, "scope": {"OS-TRUST:trust": {"id": "<trust>"}}}}"#,
      #"{"auth": {"identity": {"methods": ["oauth1"], "oauth1": {}}, "scope": "unscoped"}}"#),
    "identity GET /auth/tokens": Recipe(headers: [("X-Subject-Token", "<token>")]),
    "identity HEAD /auth/tokens": Recipe(headers: [("X-Subject-Token", "<token>")]),
    "identity DELETE /auth/tokens": Recipe(headers: [("X-Subject-Token", "<other token>")]),
    // HMAC-SHA1 of `a` (at no time, so that it is good at any), and of what the token says, with the secret `s` of the
    // second body of `POST /credentials`.
    "identity POST /ec2tokens": .body(
      """
      {"credentials": {"access": "fuzz", "host": "h", "verb": "GET", "path": "/", "signature": "9kUJmuedeRrYUGQeZkrMLCeYfJ0=",
      "params": {"SignatureVersion": "0", "Action": "a", "Timestamp": ""}}}
      """,
      """
      {"credentials": {"access": "<ec2>", "host": "h", "verb": "GET", "path": "/", "signature": "00",
      "params": {"SignatureVersion": "2", "SignatureMethod": "HmacSHA256", "Timestamp": "2026-01-01T00:00:00Z"}}}
      """,
      """
      {"credentials": {"access": "<ec2>", "host": "h", "verb": "GET", "path": "/", "signature": "00",
      "params": {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Date": "20260101T000000Z", "X-Amz-SignedHeaders": "host",
      "X-Amz-Credential": "<ec2>/20260101/a/ec2/aws4_request"}, "headers": {"host": "h"}, "body_hash": "00"}}
      """, before: [signer]),
    "identity POST /s3tokens": .body(
      #"{"credentials": {"access": "fuzz", "token": "R0VUCgoK", "signature": "Uf8kL8D4oogxLwhv7SQD71nIT3Y="}}"#,
      before: [signer]),
    "identity POST /OS-OAUTH1/request_token": Recipe(
      headers: [
        ("Requested-Project-Id", "<own project>"),
        ("Authorization", oauth(#"oauth_callback="oob", oauth_signature="<consumer secret>&""#)),
      ], before: ["identity POST /OS-OAUTH1/consumers"]),
    "identity PUT /OS-OAUTH1/authorize/:request_token_id": .body(
      #"{"roles": [{"name": "admin"}]}"#, before: ["identity POST /OS-OAUTH1/request_token"],
      parameters: ["request_token_id": ["<request_token>"]]),
    "identity POST /OS-OAUTH1/access_token": Recipe(
      headers: [
        (
          "Authorization",
          oauth(
            """
            oauth_token="<request_token>", oauth_verifier="<request_token oauth_verifier>", \
            oauth_signature="<consumer secret>&<request_token secret>"
            """)
        )
      ], before: ["identity PUT /OS-OAUTH1/authorize/:request_token_id"]),
    "identity GET /users/:user_id/OS-OAUTH1/access_tokens": ofAccessTokens(2),
    "identity GET /users/:user_id/OS-OAUTH1/access_tokens/:access_token_id": ofAccessTokens(),
    "identity GET /users/:user_id/OS-OAUTH1/access_tokens/:access_token_id/roles": ofAccessTokens(),
    "identity GET /users/:user_id/OS-OAUTH1/access_tokens/:access_token_id/roles/:role_id": ofAccessTokens(),
    "identity DELETE /users/:user_id/OS-OAUTH1/access_tokens/:access_token_id": ofAccessTokens(),
    "identity POST /OS-OAUTH2/token": Recipe(
      mediaType: "application/x-www-form-urlencoded",
      form: """
        grant_type=client_credentials&client_id=<application_credential>&client_secret=<application_credential secret>
        """, before: ["identity POST /users/:user_id/application_credentials"]),
    "identity POST /users/:user_id/password": .body(
      #"{"user": {"password": "secret", "original_password": "secret"}}"#),
  ]

  private static let signer = "identity POST /credentials #1"

  /// The moment is that of worlds whose clock stands.
  private static func oauth(_ parameters: String) -> String {
    """
    OAuth oauth_consumer_key="<consumer>", oauth_signature_method="PLAINTEXT", oauth_timestamp="1767229260", \
    oauth_nonce="<hex>", oauth_version="1.0", \(parameters)
    """
  }

  /// The administrator's own access tokens, after one was made.
  private static func ofAccessTokens(_ depth: Int = 1) -> Recipe {
    Recipe(
      parameters: ["user_id": ["<own user>"]],
      before: depth == 2
        ? ["identity POST /OS-OAUTH1/access_token"] : ["identity GET /users/:user_id/OS-OAUTH1/access_tokens"])
  }

  /// Roles that projects inherit: they have to be given before one can ask for them.
  static let ofInheritance: [String: Recipe] = {
    var all: [String: Recipe] = [:]
    for (owner, holder) in [("project", "user"), ("project", "group"), ("domain", "user"), ("domain", "group")] {
      let path =
        "/OS-INHERIT/\(owner)s/:\(owner)_id/\(holder)s/:\(holder)_id/roles/:role_id/inherited_to_projects"
      for method in ["GET", "HEAD", "DELETE"] {
        all["identity \(method) \(path)"] = Recipe(before: ["identity PUT \(path)"])
      }
    }
    return all
  }()

  /// Only a user himself has application credentials made, and rules of access with them.
  private static let oneself = ["user_id": ["<own user>"]]

  static let ofIdentity: [String: Recipe] = [
    "identity POST /credentials": .body(
      #"{"credential": {"type": "cert", "blob": "x", "user_id": "<own user>"}}"#,
      """
      {"credential": {"type": "ec2", "blob": "{\\"access\\": \\"fuzz\\", \\"secret\\": \\"s\\"}", "user_id": "<own user>",
      "project_id": "<own project>"}}
      """,
      #"{"credential": {"type": "totp", "blob": "GEZDGNBVGY3TQOJQGEZDGNBVGY", "user_id": "<own user>"}}"#),
    "identity POST /users/:user_id/credentials/OS-EC2": .body(#"{"tenant_id": "<own project>"}"#),
    "identity POST /users/:user_id/application_credentials": .body(
      #"{"application_credential": {"name": "<new>"}}"#,
      """
      {"application_credential": {"name": "<new>", "secret": "s", "roles": [{"name": "member"}], "unrestricted": true,
      "expires_at": "2030-01-01T00:00:00.000000Z", "access_rules": [{"service": "compute", "method": "GET",
      "path": "/v2.1/servers/<new>"}]}}
      """, parameters: oneself),
    "identity GET /users/:user_id/access_rules": Recipe(parameters: oneself),
    "identity DELETE /users/:user_id/application_credentials/:application_credential_id": Recipe(parameters: oneself),
    "identity GET /users/:user_id/access_rules/:access_rule_id": Recipe(parameters: oneself, before: [accessRule]),
    "identity DELETE /users/:user_id/access_rules/:access_rule_id": Recipe(
      parameters: oneself,
      before: [
        accessRule, "identity DELETE /users/:user_id/application_credentials/:application_credential_id #0!",
        "identity GET /users/:user_id/access_rules",
      ]),
    "identity POST /OS-TRUST/trusts": .body(
      """
      {"trust": {"trustor_user_id": "<own user>", "trustee_user_id": "<user>", "project_id": "<own project>",
      "impersonation": true, "roles": [{"name": "member"}]}}
      """,
      """
      {"trust": {"trustor_user_id": "<own user>", "trustee_user_id": "<user>", "project_id": "<own project>",
      "impersonation": false, "roles": [{"name": "admin"}], "remaining_uses": 3, "allow_redelegation": true,
      "expires_at": "2030-01-01T00:00:00.000000Z"}}
      """),
    "identity POST /projects": .body(
      #"{"project": {"name": "<new>"}}"#, #"{"project": {"name": "<new>", "parent_id": "<project>", "tags": ["a"]}}"#,
      #"{"project": {"name": "<new>", "is_domain": true}}"#),
    "identity POST /domains": .body(#"{"domain": {"name": "<new>"}}"#),
    "identity PATCH /domains/:domain_id": .body(
      #"{"domain": {"description": "x"}}"#, #"{"domain": {"enabled": false}}"#, #"{"domain": {"name": "<new>"}}"#),
    "identity DELETE /domains/:domain_id": Recipe(before: [disabling]),
    "identity PUT /domains/:domain_id/config": .body(
      #"{"config": {"identity": {"driver": "sql"}, "ldap": {"url": "ldap://h", "user_tree_dn": "x"}}}"#,
      #"{"config": {"security_compliance": {"password_regex": ".*", "lockout_failure_attempts": 3}}}"#),
    "identity PATCH /domains/:domain_id/config": .body(
      #"{"config": {"identity": {"driver": "ldap"}}}"#, before: [configuring]),
    "identity PATCH /domains/:domain_id/config/:group": .body(
      #"{"config": {"identity": {"driver": "sql"}}}"#, before: [configuring], parameters: configuration),
    "identity PATCH /domains/:domain_id/config/:group/:option": .body(
      #"{"config": {"driver": "sql"}}"#, before: [configuring], parameters: configuration),
    "identity GET /domains/:domain_id/config/:group": Recipe(
      parameters: configuration, before: [configuring]),
    "identity GET /domains/:domain_id/config/:group/:option": Recipe(
      parameters: configuration, before: [configuring]),
    "identity DELETE /domains/:domain_id/config/:group": Recipe(
      parameters: configuration, before: [configuring]),
    "identity DELETE /domains/:domain_id/config/:group/:option": Recipe(
      parameters: configuration, before: [configuring]),
    "identity GET /domains/config/:group/default": Recipe(parameters: configuration),
    "identity GET /domains/config/:group/:option/default": Recipe(parameters: configuration),
    "identity PATCH /domains/:domain_id/config/security_compliance": .body(
      #"{"config": {"security_compliance": {"password_regex": ".*"}}}"#),
    "identity PATCH /domains/:domain_id/config/security_compliance/:option": .body(
      #"{"config": {"password_regex": ".*"}}"#, parameters: ["option": ["password_regex"]]),
    "identity DELETE /domains/:domain_id/config/security_compliance/:option": Recipe(parameters: [
      "option": ["password_regex"]
    ]),
    "identity GET /domains/:domain_id/config/security_compliance/:option": Recipe(parameters: [
      "option": ["password_regex"]
    ]),
    "identity GET /endpoints/:endpoint_id/OS-ENDPOINT-POLICY/policy": Recipe(before: [
      "identity PUT /policies/:policy_id/OS-ENDPOINT-POLICY/endpoints/:endpoint_id"
    ]),
    "identity POST /OS-EP-FILTER/endpoint_groups": .body(
      #"{"endpoint_group": {"name": "<new>", "filters": {"service_id": "<service>"}}}"#),
    "identity PUT /OS-FEDERATION/identity_providers/:idp_id": .body(
      #"{"identity_provider": {"enabled": true, "remote_ids": ["<new>"]}}"#,
      #"{"identity_provider": {"domain_id": "<domain>", "description": "x"}}"#),
    "identity PUT /OS-FEDERATION/identity_providers/:idp_id/protocols/:protocol_id": .body(
      #"{"protocol": {"mapping_id": "<mapping>"}}"#),
    "identity PUT /OS-FEDERATION/mappings/:mapping_id": .body(mapping),
    "identity PATCH /OS-FEDERATION/mappings/:mapping_id": .body(mapping),
    "identity POST /registered_limits": .body(
      #"{"registered_limits": [{"service_id": "<service>", "resource_name": "<new>", "default_limit": 5}]}"#,
      #"{"registered_limits": [{"service_id": "<service>", "resource_name": "things", "default_limit": 5}]}"#),
    "identity POST /limits": .body(
      """
      {"limits": [{"service_id": "<service>", "project_id": "<project>", "resource_name": "things", "resource_limit": 3}]}
      """, before: ["identity POST /services", "identity POST /registered_limits #1"]),
    "identity PATCH /limits/:limit_id": .body(#"{"limit": {"resource_limit": 4}}"#),
    "identity PUT /projects/:project_id/tags": .body(#"{"tags": ["a", "b"]}"#),
    "identity GET /role_assignments": Recipe(queries: [
      "", "effective", "include_names", "user.id=<user>&effective", "scope.project.id=<project>&include_subtree=1",
      "role.id=<role>", "scope.system=all", "group.id=<group>", "scope.OS-INHERIT:inherited_to=projects",
    ]),
  ]

  private static let accessRule = "identity POST /users/:user_id/application_credentials #1"
  private static let disabling = "identity PATCH /domains/:domain_id #1"
  private static let configuring = "identity PUT /domains/:domain_id/config"
  private static let configuration = ["group": ["identity"], "option": ["driver"]]
  private static let mapping = """
    {"mapping": {"rules": [{"local": [{"user": {"name": "{0}"}, "group": {"id": "<group>"}}],
    "remote": [{"type": "UserName"}, {"type": "orgPersonType", "any_one_of": ["a.*"], "regex": true}]}]}}
    """
}

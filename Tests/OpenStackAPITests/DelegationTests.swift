import Testing

@testable import OpenStackAPI

@Suite("Access rules")
struct DelegationTests {
  @Test(
    "match paths as keystonemiddleware does",
    arguments: [
      ("/v2.1/servers", "/v2.1/servers", true), ("/v2.1/servers", "/v2.1/servers/1", false),
      ("/v2.1/servers/*/ips", "/v2.1/servers/1/ips", true), ("/v2.1/servers/*/ips", "/v2.1/servers/1/2/ips", false),
      ("/v2.1/servers/{id}", "/v2.1/servers/1", true), ("/v2.1/servers/{id}", "/v2.1/servers/", false),
      ("/v2.1/**", "/v2.1/servers/1/ips", true), ("/v2.1/**", "/v3/servers", false),
      ("/v2.1/*s", "/v2.1/servers", true), ("/**/ips", "/v2.1/servers/1/ips", true),
      ("/**/**/**/x", "/a/b/c/d", false),
    ])
  func matching(_ pattern: String, _ path: String, _ matches: Bool) {
    var steps = 10_000
    #expect(AccessRule(service: "compute", method: "GET", path: pattern).matches(path, &steps) == matches)
  }

  @Test("allow nothing that takes too long to compare with them")
  func steps() {
    let rule = AccessRule(service: "compute", method: "GET", path: String(repeating: "/**", count: 70))
    let delegation = Delegation(.applicationCredential, id: "x", accessRules: Array(repeating: rule, count: 300))
    #expect(delegation.allows("GET", String(repeating: "/a", count: 70), of: "compute", mount: ""))
    #expect(!delegation.allows("GET", String(repeating: "b", count: 15_000), of: "compute", mount: ""))
  }

  @Test("allow what they name, by service and method, below the mount or from the root on")
  func allowing() {
    let rules = [AccessRule(service: "compute", method: "GET", path: "/v2.1/servers")]
    let delegation = Delegation(.applicationCredential, id: "x", accessRules: rules)
    #expect(delegation.allows("GET", "/v2.1/servers", of: "compute", mount: "/compute"))
    #expect(!delegation.allows("POST", "/v2.1/servers", of: "compute", mount: "/compute"))
    #expect(!delegation.allows("GET", "/v2.1/servers", of: "image", mount: "/compute"))
    #expect(delegation.allows("GET", "/v3/auth/tokens", of: "identity", mount: "/identity"))
    #expect(!Delegation(.trust, id: "x", accessRules: []).allows("GET", "/", of: "compute", mount: ""))
    let whole = [AccessRule(service: "compute", method: "GET", path: "/compute/v2.1/servers")]
    let other = Delegation(.applicationCredential, id: "x", accessRules: whole)
    #expect(other.allows("GET", "/v2.1/servers", of: "compute", mount: "/compute"))
  }
}

import PocketStack
import Testing

@Suite("Credentials")
struct CredentialsTests {
  private let url = "http://127.0.0.1:5000/v3"

  @Test("of a seeded user hold the password, the domain and the region of the configuration")
  func seeded() throws {
    let text = """
      {"region": "Paris", "seed": {
        "domains": [{"id": "default", "name": "Default"}, {"name": "School"}],
        "projects": [{"name": "admin"}, {"name": "class", "domain": "School"}],
        "users": [{"name": "ada", "password": "it's", "domain": "School", "roles": {"class": ["member"]}}]}}
      """
    let configuration = try ServerConfiguration(text: Array(text.utf8), file: "mine.json")
    let credentials = configuration.credentials(authURL: url, user: "ada", project: "class")
    #expect(credentials.password == "it's" && credentials.domain == "School" && credentials.region == "Paris")
    let names = credentials.environment.map(\.name)
    #expect(Set(names).count == names.count && names.contains("OS_PROJECT_DOMAIN_NAME"))
  }

  @Test("of anybody else leave the password to the user")
  func unknown() throws {
    let credentials = try ServerConfiguration().credentials(authURL: url, user: "bob")
    #expect(credentials.password == nil && credentials.project == "bob")
    #expect(!credentials.environment.contains { $0.name == "OS_PASSWORD" })
  }

  @Test("in the old form name a tenant and no domain")
  func legacy() throws {
    let variables = try ServerConfiguration().credentials(authURL: url).legacyEnvironment
    #expect(variables.contains { $0 == ("OS_TENANT_NAME", "demo") })
    #expect(variables.contains { $0 == ("OS_AUTH_URL", "http://127.0.0.1:5000/v2.0") })
    #expect(!variables.contains { $0.name.contains("DOMAIN") })
    let modern = try ServerConfiguration(text: Array(#"{"identity": {"v2": false}}"#.utf8), file: "mine.json")
    #expect(
      modern.credentials(authURL: url).legacyEnvironment.contains { $0 == ("OS_AUTH_URL", "http://127.0.0.1:5000") })
  }
}

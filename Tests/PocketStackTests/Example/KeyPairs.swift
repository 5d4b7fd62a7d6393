import FoundationEssentials

/// Stands for your program: it logs in, finds Nova in the catalog, and makes and lists key pairs.
struct KeyPairs {
  private let compute: String
  private let token: String

  init(authURL: String, user: String, password: String, project: String) async throws {
    let login = """
      {"auth": {
        "identity": {"methods": ["password"], "password": {
          "user": {"name": "\(user)", "domain": {"id": "default"}, "password": "\(password)"}}},
        "scope": {"project": {"name": "\(project)", "domain": {"id": "default"}}}}}
      """
    let answer = try await HTTP.send("POST", authURL + "/auth/tokens", body: login)
    let catalog = try JSONDecoder().decode(Login.self, from: answer.body).token.catalog
    let endpoints = catalog.first { $0.type == "compute" }?.endpoints ?? []
    guard let token = answer.headers["x-subject-token"],
      let compute = endpoints.first(where: { $0.interface == "public" })
    else { throw HTTP.Failure(description: "no token, or no Nova") }
    (self.compute, self.token) = (compute.url, token)
  }

  /// Makes a key pair.
  func create(_ name: String) async throws {
    _ = try await HTTP.send(
      "POST", compute + "/os-keypairs", token: token, body: #"{"keypair": {"name": "\#(name)"}}"#)
  }

  /// The names of all key pairs.
  func names() async throws -> [String] {
    let answer = try await HTTP.send("GET", compute + "/os-keypairs", token: token)
    return try JSONDecoder().decode(List.self, from: answer.body).keypairs.map(\.keypair.name)
  }
}

private struct Login: Decodable {
  struct Token: Decodable { let catalog: [Service] }
  struct Service: Decodable {
    let type: String
    let endpoints: [Endpoint]
  }
  struct Endpoint: Decodable {
    let interface: String
    let url: String
  }
  let token: Token
}

private struct List: Decodable {
  struct Element: Decodable { let keypair: KeyPair }
  struct KeyPair: Decodable { let name: String }
  let keypairs: [Element]
}

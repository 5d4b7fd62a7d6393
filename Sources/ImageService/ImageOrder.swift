import OpenStackAPI

/// The order of a list: `sort=name:asc,size`, or pairs of `sort_key` and `sort_dir`; the newest first by default.
struct ImageOrder {
  let keys: [SortOrder]

  private static let columns = [
    "name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at",
  ]
  private static let nullable: Set = ["name", "container_format", "disk_format", "size"]

  init(_ query: QueryParameters) throws(Fault) {
    let (names, directions) = try Self.read(query)
    var keys: [(name: String, isDescending: Bool)] = []
    for (place, name) in names.enumerated() where !keys.contains(where: { $0.name == name }) {
      keys.append((name, (directions.count == 1 ? directions[0] : directions[place]) == "desc"))
    }
    // What the client leaves open goes by age and id, in the direction given if there is just one.
    let rest = directions.count == 1 ? directions[0] == "desc" : true
    for name in ["created_at", "id"] where !names.contains(name) { keys.append((name, rest)) }
    self.keys = keys.map { SortOrder($0.name, descending: $0.isDescending, nullable: Self.nullable.contains($0.name)) }
  }

  private static func read(_ query: QueryParameters) throws(Fault) -> ([String], [String]) {
    guard let sort = query["sort"] else { return try classic(query) }
    guard query["sort_key"] == nil, query["sort_dir"] == nil else {
      throw .badRequest("Old and new sorting syntax cannot be combined")
    }
    return try new(sort)
  }

  private static func new(_ sort: String) throws(Fault) -> ([String], [String]) {
    var names: [String] = []
    var directions: [String] = []
    for key in sort.trimmingBlanks().split(separator: ",", omittingEmptySubsequences: false) {
      let halves = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      names.append(try name(halves.first ?? ""))
      directions.append(try direction(halves.count > 1 ? halves[1] : "desc"))
    }
    return (names, directions)
  }

  private static func classic(_ query: QueryParameters) throws(Fault) -> ([String], [String]) {
    var names: [String] = []
    var directions: [String] = []
    for key in query.all("sort_key") { names.append(try name(key)) }
    for word in query.all("sort_dir") { directions.append(try direction(word)) }
    guard directions.count <= 1 || directions.count == names.count else {
      throw .badRequest("Number of sort dirs does not match the number of sort keys")
    }
    return (names.isEmpty ? ["created_at"] : names, directions.isEmpty ? ["desc"] : directions)
  }

  private static func name(_ text: some StringProtocol) throws(Fault) -> String {
    let name = text.trimmed
    guard columns.contains(name) else {
      throw .badRequest(
        "Invalid sort key: \(name). It must be one of the following: \(columns.joined(separator: ", ")).")
    }
    return name
  }

  private static func direction(_ text: some StringProtocol) throws(Fault) -> String {
    let word = text.trimmed
    guard word == "asc" || word == "desc" else { throw .badRequest("Invalid sort direction: \(word)") }
    return word
  }
}

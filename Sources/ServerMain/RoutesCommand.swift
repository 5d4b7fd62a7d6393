import ArgumentParser
import PocketStack

/// `pocketstack routes`.
struct RoutesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "routes", abstract: "Print what is served, from the tables that the server itself uses.")

  @Option(name: .long, help: "Only this service: identity, compute, image, ...")
  var service: String?

  @Flag(name: .long, help: "Print docs/COVERAGE.md: what is served set against what the real services have.")
  var markdown = false

  @Option(name: .long, help: "The directory of the lists of what the real services have, for --markdown.")
  var reference = "docs/reference-routes"

  func validate() throws {
    guard let service else { return }
    let known = CloudServices.standard.all.map(\.type)
    guard known.contains(service) else {
      throw ValidationError("--service: expected one of \(known.joined(separator: ", ")); found \"\(service)\"")
    }
    if markdown { throw ValidationError("--markdown prints all services") }
  }

  func run() async throws {
    let services = CloudServices.standard
    let text =
      markdown
      ? try Coverage(services, references: reference).markdown : services.routeList(of: service)
    Terminal.write(Array(text.utf8), to: 1)
  }
}

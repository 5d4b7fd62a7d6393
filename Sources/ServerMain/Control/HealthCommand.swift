import ArgumentParser
import OpenStackAPI

/// `pocketstack health`.
struct HealthCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "health", abstract: "Ask a running cloud whether it can do its work.",
    discussion: "Exit status: 0 it can, 1 it cannot, or nobody answers. For container engines and init systems.")
  @OptionGroup var control: ControlOptions

  func run() throws {
    let answer: ControlClient.Answer
    do {
      answer = try control.client.send(.get, "/pocketstack/ready")
    } catch let failure as ControlFailure {
      Terminal.complain(failure.description)
      throw ExitCode(1)
    }
    guard answer.status == 200 else {
      Terminal.complain(Self.words(answer))
      throw ExitCode(1)
    }
    Terminal.say(control.json ? answer.json.jsonText : "ready")
    if !control.json, answer.json["worlds"] != nil { Terminal.complain(Self.words(answer)) }
  }

  private static func words(_ answer: ControlClient.Answer) -> String {
    let worlds = answer.json["worlds"]?.array ?? []
    guard !worlds.isEmpty else {
      return answer.json["error"]?["message"]?.text ?? "the server answered \(answer.status)"
    }
    return worlds.map { "\($0["name"]?.text ?? ""): \($0["reason"]?.text ?? "")" }.joined(separator: "\n")
  }
}

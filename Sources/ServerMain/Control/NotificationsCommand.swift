import ArgumentParser
import OpenStackAPI

/// `pocketstack notifications`.
struct NotificationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notifications",
    abstract: "Print what the services of a running cloud tell of changes, as it comes, until it is stopped.")
  @OptionGroup var control: ControlOptions
  @Option(help: "Only these types: 'instance.*', 'image.create'.") var eventType: String?

  func run() throws {
    let query = eventType.map { "?event_type=\($0.percentEncoded)" } ?? ""
    try control.client.listen(control.path("/notifications" + query)) { message in
      Terminal.say(control.json ? message.jsonText : Self.line(message))
    }
  }

  private static func line(_ message: JSON) -> String {
    let payload = message["payload"]
    let data = payload?["nova_object.data"] ?? payload
    let names = ["display_name", "name", "namespace"], ids = ["uuid", "id", "flavorid", "image_id"]
    func first(_ members: [String]) -> String? {
      members.lazy.compactMap { data?[$0] }.first.map { $0.text ?? $0.jsonText }
    }
    let state = data?["state"]?.text ?? data?["status"]?.text
    return [
      message["timestamp"]?.text, message["priority"]?.text, message["publisher_id"]?.text,
      message["event_type"]?.text, first(ids), first(names), state,
    ].compactMap { $0 }.joined(separator: " ")
  }
}

import ArgumentParser
import Glibc

/// The command `pocketstack`.
struct PocketStackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pocketstack", abstract: "An OpenStack cloud in one process, for tests, teaching and tools.",
    discussion: """
      Exit status: 0 success, 1 the running cloud refused, or there is a finding, 2 whether there is one could not be \
      found out, 64 wrong usage, 65 a database that cannot be used (written by a later version, emptied or damaged), 69 a \
      port or a database that another program has, 70 an internal failure, 71 too little memory, too few descriptors or \
      threads, 73 a file or directory that cannot be made, 75 what was waited for did not come in time, 78 a mistake in \
      the configuration. \
      exec exits as its command does.
      """,
    subcommands: [
      ServeCommand.self, OpenRCCommand.self, CloudsYAMLCommand.self, ExecCommand.self, RoutesCommand.self,
      WorldCommand.self, SnapshotCommand.self, FaultCommand.self, JournalCommand.self, WhyCommand.self,
      CheckupCommand.self, ClockCommand.self, WaitCommand.self, LeaksCommand.self, NotificationsCommand.self,
      HealthCommand.self,
    ])
}

/// The main thread takes signals and nothing else, so that each of them is heard at once and with its sender; the
/// command runs on the threads of Swift's own pool.
@main
enum Main {
  static func main() {
    do throws(CommandFailure) {
      try ProcessLimits.check(isServer: ["serve", "exec"].contains(CommandLine.arguments.dropFirst().first))
    } catch {
      exit(report(error))
    }
    MemoryHabits.set()
    Signals.block()
    Task.detached { exit(await status()) }
    Signals.deliver()
  }

  private static func status() async -> Int32 {
    do {
      var command = try PocketStackCommand.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return 0
    } catch let status as ExitCode {
      return status.rawValue
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> Int32 {
    if let status = ExitStatus(of: error) {
      Terminal.complain("\(error)")
      return status.rawValue
    }
    let code = PocketStackCommand.exitCode(for: error)
    let text = PocketStackCommand.fullMessage(for: error)
    if code == .success { Terminal.say(text) } else { Terminal.complain(text, prefix: "") }
    return code.rawValue
  }
}

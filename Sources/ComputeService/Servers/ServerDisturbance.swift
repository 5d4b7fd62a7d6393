import OpenStackAPI
import Persistence

/// What goes wrong with a server because a rule for faults says so, or its own metadata: asked at the end of each step
/// of its life, and nowhere else.
enum ServerDisturbance {
  /// The server stays in the task state for good.
  case stuck
  /// What was under way comes to nothing.
  case failure(ServerFailure)

  /// The faults that can strike a step of an action, what they leave of the server, and Nova's words for them.
  private struct Place {
    let fault: DomainFault
    let action: String
    let task: TaskState
    let leaves: VMState?
    let words: @Sendable (Server) -> String
  }

  private static let places: [Place] = [
    Place(fault: .noValidHost, action: "create", task: .scheduling, leaves: .error) { _ in ServerFailure.noValidHost },
    Place(fault: .noValidHost, action: "unshelve", task: .unshelving, leaves: nil) { _ in ServerFailure.noValidHost },
    Place(fault: .noValidHost, action: "resize", task: .resizePrep, leaves: nil) { _ in
      "No valid host was found. No valid host found for resize"
    },
    Place(fault: .spawning, action: "create", task: .spawning, leaves: .error, words: aborted),
    Place(fault: .spawning, action: "unshelve", task: .spawning, leaves: nil, words: aborted),
    Place(fault: .spawning, action: "rebuild", task: .rebuildSpawning, leaves: .error, words: aborted),
    Place(fault: .imageUpload, action: "createImage", task: .imageUploading, leaves: nil, words: unsaved),
    Place(fault: .imageUpload, action: "createBackup", task: .imageUploading, leaves: nil, words: unsaved),
    Place(fault: .resize, action: "resize", task: .resizeFinish, leaves: nil) { _ in
      "Resize error: the destination host could not take the disk"
    },
    Place(fault: .deletion, action: "delete", task: .deleting, leaves: .error, words: survivor),
    Place(fault: .deletion, action: "soft-delete", task: .softDeleting, leaves: .error, words: survivor),
  ]

  @Sendable private static func aborted(_ server: Server) -> String {
    "Build of instance \(server.id) aborted: the hypervisor could not start the guest"
  }

  @Sendable private static func unsaved(_ server: Server) -> String {
    "Unable to upload the snapshot of instance \(server.id): the image service did not take it"
  }

  @Sendable private static func survivor(_ server: Server) -> String {
    "Failed to terminate instance \(server.id): the hypervisor still runs the guest"
  }

  /// What strikes the step that a transition ends.
  static func striking(
    _ lifecycle: ServerLifecycle, _ transition: Transition, _ db: Connection, _ world: World
  ) throws -> ServerDisturbance? {
    guard !world.faults.isEmpty || world.directives.isEnabled, transition.step < lifecycle.steps.count else {
      return nil
    }
    let task = lifecycle.steps[transition.step].task
    let found: Server? = try db.first(
      "SELECT \(Server.columns) FROM servers WHERE uuid = ? AND deleted = 0", transition.resource)
    guard let server = found else { return nil }
    let subject = FaultSubject(
      id: server.id, name: server.name, project: server.projectID, user: server.userID, taskState: task.rawValue)
    if world.faults.take(.stuck, subject) != nil { return .stuck }
    if server.wantsToFail(.stuck, in: world) { return .stuck }
    for place in places where place.action == lifecycle.action && place.task == task {
      let taken = world.faults.take(place.fault, subject)
      guard taken != nil || server.wantsToFail(place.fault, in: world) else { continue }
      return .failure(
        ServerFailure(
          message: taken?.message ?? place.words(server), leaves: place.leaves, reason: .injected,
          evidence: ["fault": .string(place.fault.rawValue), "task_state": .string(task.rawValue)]))
    }
    return nil
  }
}

extension Server {
  /// Whether the server's metadata, or its image's, ask for a failure (`pocketstack:fail`).
  fileprivate func wantsToFail(_ fault: DomainFault, in world: World) -> Bool {
    directive(.fail, in: world) == fault.rawValue
  }

  /// How long the server's metadata, or its image's, say that it takes to build (`pocketstack:build`).
  static func buildTime(of id: String, _ db: Connection, _ world: World) throws -> Duration? {
    let server: Server? = try db.first("SELECT \(columns) FROM servers WHERE uuid = ?", id)
    return server?.directive(.build, in: world).flatMap(Duration.init(configured:))
  }

  /// What the server's metadata say, or its image's properties.
  func directive(_ directive: Directive, in world: World) -> String? {
    guard world.directives.isEnabled else { return nil }
    return JSON(stored: metadata)?[directive.rawValue]?.text ?? JSON(stored: imageProperties)?[directive.rawValue]?.text
  }
}

extension ServerLifecycle {
  /// Ends an action as a disturbance has it.
  func end(by disturbance: ServerDisturbance, _ transition: Transition, _ db: Connection, _ world: World) throws {
    switch disturbance {
    case .stuck:
      try db.execute(
        "UPDATE servers SET task_state = ?, updated_at = ? WHERE uuid = ?", steps[transition.step].task.rawValue,
        world.now.microseconds, transition.resource)
    case .failure(let failure):
      try db.execute(
        """
        UPDATE servers SET task_state = NULL, updated_at = ?, power_state = CASE WHEN vm_state = 'building' THEN 0
          ELSE power_state END WHERE uuid = ?
        """, world.now.microseconds, transition.resource)
      try undo(transition, db, world)
      try record(failure, transition, db, world)
    }
  }

  /// Removes what the action had prepared for an end that does not come.
  private func undo(_ transition: Transition, _ db: Connection, _ world: World) throws {
    switch action {
    case ServerLifecycle.resize.action:
      try ServerMove.advance(transition.resource, from: "migrating", to: "error", db, world)
      try db.execute("UPDATE servers SET old_vm_state = NULL WHERE uuid = ?", transition.resource)
    case ServerLifecycle.createImage.action, ServerLifecycle.createBackup.action:
      guard let payload = JSON(stored: transition.payload), let image = payload.text ?? payload["image"]?.text
      else { return }
      try world.crossings.images?.discard(image, db, world)
    default: break
    }
  }
}

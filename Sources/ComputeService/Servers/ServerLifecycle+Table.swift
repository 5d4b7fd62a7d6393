import OpenStackAPI

/// The rows: every action that moves a server, in the order of the API reference.
extension ServerLifecycle {
  private static let anywhere = Set(VMState.allCases.filter { $0 != .deleted })
  private static let anything = Set(TaskState.allCases)
  private static let atRest: Set<VMState> = [.active, .stopped, .paused, .suspended]

  static let create = ServerLifecycle(
    "create", from: [], log: .init("create", "compute__do_build_and_run_instance"),
    via: [
      (.scheduling, realistic: .milliseconds(500)), (.networking, realistic: .seconds(1)),
      (.spawning, realistic: .seconds(4)),
    ], to: { _, _ in ServerState(vm: .active, power: .running) }, finish: Server.launch)

  static let start = ServerLifecycle(
    "os-start", verb: "start", from: [.stopped], needs: [.unlocked, .host, .launched],
    log: .init("start", "compute_start_instance"), via: [(.poweringOn, realistic: .seconds(2))], to: .active, .running)
  static let stop = ServerLifecycle(
    "os-stop", verb: "stop", from: [.active, .error], needs: [.unlocked, .host, .launched],
    log: .init("stop", "compute_stop_instance"), via: [(.poweringOff, realistic: .seconds(3))], to: .stopped,
    .shutdown)
  static let rebootSoft = ServerLifecycle(
    "reboot", from: [.active], log: .init("reboot", "compute_reboot_instance"),
    via: [
      (.rebooting, realistic: .milliseconds(500)), (.rebootPending, realistic: .milliseconds(500)),
      (.rebootStarted, realistic: .seconds(3)),
    ], to: .active, .running)
  static let rebootHard = ServerLifecycle(
    "reboot-hard", verb: "reboot", from: atRest.union([.error]),
    during: [
      .rebooting, .rebootPending, .rebootStarted, .rebootingHard, .rebootPendingHard, .rebootStartedHard, .resuming,
      .pausing, .unpausing, .suspending,
    ], log: .init("reboot", "compute_reboot_instance"),
    via: [
      (.rebootingHard, realistic: .milliseconds(500)), (.rebootPendingHard, realistic: .milliseconds(500)),
      (.rebootStartedHard, realistic: .seconds(3)),
    ], to: .active, .running)
  static let pause = ServerLifecycle(
    "pause", from: [.active], log: .init("pause", "compute_pause_instance"),
    via: [(.pausing, realistic: .seconds(1))], to: .paused, .paused)
  static let unpause = ServerLifecycle(
    "unpause", from: [.paused], log: .init("unpause", "compute_unpause_instance"),
    via: [(.unpausing, realistic: .seconds(1))], to: .active, .running)
  static let suspend = ServerLifecycle(
    "suspend", from: [.active], log: .init("suspend", "compute_suspend_instance"),
    via: [(.suspending, realistic: .seconds(2))], to: .suspended, .suspended)
  static let resume = ServerLifecycle(
    "resume", from: [.suspended], log: .init("resume", "compute_resume_instance"),
    via: [(.resuming, realistic: .seconds(2))], to: .active, .running)

  static let resize = ServerLifecycle(
    "resize", from: [.active, .stopped],
    log: .init(
      "resize", "cold_migrate", "conductor_migrate_server", "compute_prep_resize", "compute_resize_instance",
      "compute_finish_resize"),
    via: [
      (.resizePrep, realistic: .seconds(1)), (.resizeMigrating, realistic: .seconds(3)),
      (.resizeMigrated, realistic: .seconds(1)), (.resizeFinish, realistic: .seconds(2)),
    ], to: { state, _ in ServerState(vm: .resized, power: state.power) }, finish: Server.takeNewFlavor)
  static let confirmResize = ServerLifecycle(
    "confirmResize", from: [.resized], log: .init("confirmResize", "compute_confirm_resize"),
    via: [(.resizeConfirming, realistic: .seconds(1))], to: Server.stateBeforeResize, finish: Server.forgetOldFlavor)
  static let revertResize = ServerLifecycle(
    "revertResize", from: [.resized],
    log: .init("revertResize", "compute_revert_resize", "compute_finish_revert_resize"),
    via: [(.resizeReverting, realistic: .seconds(3))], to: Server.stateBeforeResize, finish: Server.takeOldFlavor)

  static let createImage = ServerLifecycle(
    "createImage", from: atRest, needs: [.launched], log: .init("createImage", "compute_snapshot_instance"),
    via: [
      (.imageSnapshotPending, realistic: .milliseconds(500)), (.imageSnapshot, realistic: .seconds(1)),
      (.imagePendingUpload, realistic: .seconds(1)), (.imageUploading, realistic: .seconds(3)),
    ], to: { state, _ in ServerState(vm: state.vm, power: state.power) }, finish: Server.completeSnapshot)

  static let createBackup = ServerLifecycle(
    "createBackup", from: atRest, needs: [.launched], log: .init("createBackup", "compute_backup_instance"),
    via: [
      (.imageBackup, realistic: .milliseconds(500)), (.imagePendingUpload, realistic: .seconds(1)),
      (.imageUploading, realistic: .seconds(3)),
    ], to: { state, _ in state }, finish: Server.completeBackup)

  static let rebuild = ServerLifecycle(
    "rebuild", from: [.active, .stopped, .error], log: .init("rebuild", "rebuild_server", "compute_rebuild_instance"),
    via: [
      (.rebuilding, realistic: .seconds(1)), (.rebuildBlockDeviceMapping, realistic: .milliseconds(500)),
      (.rebuildSpawning, realistic: .seconds(4)),
    ], to: Server.stateAfterRebuild, finish: Server.relaunch)

  static let rescue = ServerLifecycle(
    "rescue", from: [.active, .stopped, .error], log: .init("rescue", "compute_rescue_instance"),
    via: [(.rescuing, realistic: .seconds(4))], to: { _, _ in ServerState(vm: .rescued, power: .running) },
    finish: Server.relaunch)
  static let unrescue = ServerLifecycle(
    "unrescue", from: [.rescued], log: .init("unrescue", "compute_unrescue_instance"),
    via: [(.unrescuing, realistic: .seconds(3))], to: .active, .running)

  static let shelve = ServerLifecycle(
    "shelve", from: atRest, log: .init("shelve", "compute_shelve_instance"),
    via: [
      (.shelving, realistic: .seconds(2)), (.shelvingImagePendingUpload, realistic: .seconds(1)),
      (.shelvingImageUploading, realistic: .seconds(3)),
    ], to: { _, _ in ServerState(vm: .shelved, power: .shutdown) }, finish: Server.completeShelving)
  /// The time that a shelved server has left on its host.
  static let awaitOffload = ServerLifecycle(
    "await-offload", from: [], log: nil, via: [], to: { state, _ in state }, finish: Server.beginOffload)
  static let shelveOffload = ServerLifecycle(
    "shelveOffload", from: [.shelved], log: .init("shelveOffload", "compute_shelve_offload_instance"),
    via: [(.shelvingOffloading, realistic: .seconds(2))],
    to: { _, _ in ServerState(vm: .shelvedOffloaded, power: .shutdown) }, finish: Server.leaveHost)
  static let unshelve = ServerLifecycle(
    "unshelve", from: [.shelved, .shelvedOffloaded],
    log: .init("unshelve", "get_image_info", "schedule_instances", "compute_unshelve_instance"),
    via: [(.unshelving, realistic: .seconds(1)), (.spawning, realistic: .seconds(4))],
    to: { _, _ in ServerState(vm: .active, power: .running) }, finish: Server.completeUnshelving)

  static let migrate = ServerLifecycle(
    "migrate", from: [.active, .stopped], log: .init("migrate", "cold_migrate", "conductor_migrate_server"),
    via: [(.resizePrep, realistic: .seconds(1))], to: { state, _ in state }, finish: Server.findNoHost)
  static let migrateLive = ServerLifecycle(
    "os-migrateLive", from: [.active, .paused], log: .init("live-migration", "conductor_live_migrate_instance"),
    via: [(.migrating, realistic: .seconds(1))], to: { state, _ in state }, finish: Server.findNoHost)
  static let evacuate = ServerLifecycle(
    "evacuate", from: [.active, .stopped, .error], during: anything, needs: .launched,
    log: .init("evacuate", "rebuild_server"), via: [(.rebuilding, realistic: .seconds(1))],
    to: { state, _ in state }, finish: Server.findNoHost)

  static let changePassword = ServerLifecycle(
    "changePassword", from: [.active], log: .init("changePassword", "compute_set_admin_password"),
    via: [(.updatingPassword, realistic: .milliseconds(500))], to: { state, _ in state })
  static let triggerCrashDump = ServerLifecycle(
    "trigger_crash_dump", from: [.active, .paused, .rescued, .resized, .error], needs: [.unlocked, .host, .launched],
    log: .init("trigger_crash_dump", "compute_trigger_crash_dump"), via: [], to: { state, _ in state })

  static let softDelete = ServerLifecycle(
    "soft-delete", verb: "delete", from: anywhere, during: anything,
    log: .init("delete", "compute_soft_delete_instance"), via: [(.softDeleting, realistic: .seconds(2))],
    to: { _, _ in ServerState(vm: .softDelete, power: .shutdown) }, finish: Server.awaitReclaim)
  /// The end of the interval in which a deleted server can be restored.
  static let reclaim = ServerLifecycle(
    "reclaim", from: [], log: nil, via: [], to: { _, _ in ServerState(vm: .deleted, power: .none) },
    finish: RemoteConsole.forget)
  static let restore = ServerLifecycle(
    "restore", from: [.softDelete], log: .init("restore", "compute_restore_instance"),
    via: [(.restoring, realistic: .seconds(2))], to: .active, .running)
  static let delete = ServerLifecycle(
    "delete", from: anywhere, during: anything, needs: .unlocked,
    log: .init("delete", "compute_terminate_instance"), via: [(.deleting, realistic: .seconds(2))],
    to: { _, _ in ServerState(vm: .deleted, power: .none) }, finish: RemoteConsole.forget)

  /// Every lifecycle, by the action's name.
  static let all: [String: ServerLifecycle] = Dictionary(
    uniqueKeysWithValues: [
      create, start, stop, rebootSoft, rebootHard, pause, unpause, suspend, resume, resize, confirmResize,
      revertResize, createImage, createBackup, rescue, unrescue, shelve, awaitOffload, shelveOffload, unshelve,
      rebuild, migrate, migrateLive, evacuate,
      changePassword, triggerCrashDump, softDelete, reclaim, restore, delete,
    ].map { ($0.action, $0) })
}

import OpenStackAPI
import Persistence

/// Where a server stands: what it is (vm_state), what is being done to it (task_state), and whether it runs.
struct ServerState: Sendable, Equatable {
  var vm: VMState
  var task: TaskState?
  var power: PowerState

  init(vm: VMState, task: TaskState? = nil, power: PowerState) { (self.vm, self.task, self.power) = (vm, task, power) }

  init(row: inout Row) throws {
    vm = try row.next()
    task = try row.next()
    power = try row.next()
  }

  /// What clients call the status (nova.api.openstack.common, `_STATE_MAP`).
  var status: String {
    if let task, let status = Self.statusDuring(task, vm) { return status }
    return vm.status
  }

  private static func statusDuring(_ task: TaskState, _ vm: VMState) -> String? {
    switch (vm, task) {
    case (.active, .rebooting), (.active, .rebootPending), (.active, .rebootStarted): "REBOOT"
    case (.active, .rebootingHard), (.active, .rebootPendingHard), (.active, .rebootStartedHard): "HARD_REBOOT"
    case (.active, .updatingPassword): "PASSWORD"
    case (.active, .rebuilding), (.active, .rebuildBlockDeviceMapping), (.active, .rebuildSpawning): "REBUILD"
    case (.stopped, .rebuilding), (.stopped, .rebuildBlockDeviceMapping), (.stopped, .rebuildSpawning): "REBUILD"
    case (.error, .rebuilding), (.error, .rebuildBlockDeviceMapping), (.error, .rebuildSpawning): "REBUILD"
    case (.active, .migrating), (.paused, .migrating): "MIGRATING"
    case (.active, .resizePrep), (.active, .resizeMigrating), (.active, .resizeMigrated), (.active, .resizeFinish):
      "RESIZE"
    case (.stopped, .resizePrep), (.stopped, .resizeMigrating), (.stopped, .resizeMigrated), (.stopped, .resizeFinish):
      "RESIZE"
    case (.resized, .resizeReverting): "REVERT_RESIZE"
    default: nil
    }
  }

  /// `progress` is shown only in these.
  static let statusesWithProgress: Set<String> = ["ACTIVE", "BUILD", "REBUILD", "RESIZE", "VERIFY_RESIZE", "MIGRATING"]
}

/// nova.compute.vm_states.
enum VMState: String, Sendable, CaseIterable, Bindable, ColumnDecodable, JSONWritable {
  case active, building, paused, suspended, stopped, rescued, resized, deleted, error, shelved
  case softDelete = "soft-delete"
  case shelvedOffloaded = "shelved_offloaded"

  var status: String {
    switch self {
    case .active: "ACTIVE"
    case .building: "BUILD"
    case .paused: "PAUSED"
    case .suspended: "SUSPENDED"
    case .stopped: "SHUTOFF"
    case .rescued: "RESCUE"
    case .resized: "VERIFY_RESIZE"
    case .deleted: "DELETED"
    case .error: "ERROR"
    case .softDelete: "SOFT_DELETED"
    case .shelved: "SHELVED"
    case .shelvedOffloaded: "SHELVED_OFFLOADED"
    }
  }

  func write(to json: inout JSONWriter) { json.string(rawValue) }
}

/// nova.compute.task_states.
enum TaskState: String, Sendable, CaseIterable, Bindable, ColumnDecodable, JSONWritable {
  case scheduling, networking, spawning
  case blockDeviceMapping = "block_device_mapping"
  case imageSnapshotPending = "image_snapshot_pending"
  case imageSnapshot = "image_snapshot"
  case imagePendingUpload = "image_pending_upload"
  case imageUploading = "image_uploading"
  case imageBackup = "image_backup"
  case updatingPassword = "updating_password"
  case resizePrep = "resize_prep"
  case resizeMigrating = "resize_migrating"
  case resizeMigrated = "resize_migrated"
  case resizeFinish = "resize_finish"
  case resizeReverting = "resize_reverting"
  case resizeConfirming = "resize_confirming"
  case rebooting
  case rebootPending = "reboot_pending"
  case rebootStarted = "reboot_started"
  case rebootingHard = "rebooting_hard"
  case rebootPendingHard = "reboot_pending_hard"
  case rebootStartedHard = "reboot_started_hard"
  case pausing, unpausing, suspending, resuming
  case poweringOff = "powering-off"
  case poweringOn = "powering-on"
  case rescuing, unrescuing, rebuilding
  case rebuildBlockDeviceMapping = "rebuild_block_device_mapping"
  case rebuildSpawning = "rebuild_spawning"
  case migrating, deleting
  case softDeleting = "soft-deleting"
  case restoring, shelving
  case shelvingImagePendingUpload = "shelving_image_pending_upload"
  case shelvingImageUploading = "shelving_image_uploading"
  case shelvingOffloading = "shelving_offloading"
  case unshelving

  func write(to json: inout JSONWriter) { json.string(rawValue) }
}

/// nova.compute.power_state.
enum PowerState: Int, Sendable, Bindable, ColumnDecodable, JSONWritable {
  case none = 0
  case running = 1
  case paused = 3
  case shutdown = 4
  case crashed = 6
  case suspended = 7

  func write(to json: inout JSONWriter) { json.integer(rawValue) }
}

import OpenStackAPI
import Persistence

/// The states of an image and the ways between them (glance/domain, `valid_state_targets`).
enum ImageStatus: String, Sendable, Bindable, ColumnDecodable {
  case queued, saving, uploading, importing, active, deactivated, killed
  case pendingDelete = "pending_delete"

  private var targets: [ImageStatus] {
    switch self {
    case .queued: [.saving, .uploading, .importing, .active]
    case .saving: [.active, .killed, .queued]
    case .uploading: [.importing, .queued]
    case .importing: [.active, .queued]
    case .active: [.pendingDelete, .deactivated]
    case .deactivated, .pendingDelete: [.active]
    case .killed: []
    }
  }

  fileprivate func canBecome(_ target: ImageStatus) -> Bool { targets.contains(target) }
}

extension Image {
  /// Moves to another state, if there is a way and what is needed for it is known.
  mutating func move(to target: ImageStatus) throws(Fault) {
    guard status.canBecome(target) else {
      throw Fault(
        409, "Image status transition from \(status.rawValue) to \(target.rawValue) is not allowed", reason: .state)
    }
    if [.queued, .uploading].contains(status), [.saving, .active, .importing].contains(target) {
      try refuseMissingFormats()
    }
    if target == .queued { (size, virtualSize) = (nil, nil) }
    status = target
  }

  private func refuseMissingFormats() throws(Fault) {
    var missing: [String] = []
    if diskFormat == nil { missing.append("disk_format") }
    if containerFormat == nil { missing.append("container_format") }
    guard !missing.isEmpty else { return }
    let noun = missing.count == 1 ? "Property" : "Properties"
    throw .badRequest(
      "\(noun) \(missing.joined(separator: ", ")) must be set prior to saving data.", reason: .state)
  }
}

import CSystem
import Glibc

/// A set of sockets of which the kernel tells which became ready. One Dispatch source watches the whole set, so that a
/// request costs neither a change of the set nor, when several arrive together, a wake-up of its own.
///
/// The set is edge-triggered: it tells of a socket once each time something new happens.
final class Poller {
  struct Event {
    var tag: UInt64
    var canReceive: Bool
    var canSend: Bool
    /// The peer sends no more; there may be no further event.
    var isEnd: Bool
  }

  private static let capacity = 128

  /// -1 if the system gave none; then nothing can be added.
  let descriptor = csystem_epoll_open()
  private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Poller.capacity)

  init() {
    events.initialize(repeating: epoll_event(), count: Self.capacity)
  }

  deinit {
    events.deallocate()
    if descriptor >= 0 { close(descriptor) }
  }

  /// Watches a socket until it is closed; false if the system refuses.
  func add(_ socket: Int32, tag: UInt64) -> Bool {
    csystem_epoll_add(descriptor, socket, tag) == 0
  }

  /// Reports what happened since the last call, without waiting; whether there may be more.
  func poll(_ report: (Event) -> Void) -> Bool {
    let count = Int(csystem_epoll_poll(descriptor, events, Int32(Self.capacity)))
    for index in 0..<max(0, count) {
      let event = events + index
      report(
        Event(
          tag: csystem_event_tag(event), canReceive: csystem_event_can_receive(event) != 0,
          canSend: csystem_event_can_send(event) != 0, isEnd: csystem_event_is_end(event) != 0))
    }
    return count > 0
  }
}

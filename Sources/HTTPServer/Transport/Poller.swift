import CSystem
import Glibc

/// A set of sockets of which the kernel tells which became ready. One Dispatch source watches the whole set, so that a
/// request costs neither a change of the set nor, when several arrive together, a wake-up of its own.
///
/// The set is edge-triggered: it tells of a socket once each time something new happens.
///
/// Safe to share between threads: `interrupt` is one system call; all else is used by the loop it belongs to.
final class Poller: @unchecked Sendable {
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
  private let alarm = csystem_alarm_open()
  private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Poller.capacity)

  init() {
    events.initialize(repeating: epoll_event(), count: Self.capacity)
    _ = csystem_epoll_add(descriptor, alarm, .max)
  }

  deinit {
    events.deallocate()
    if alarm >= 0 { close(alarm) }
    if descriptor >= 0 { close(descriptor) }
  }

  /// Watches a socket until it is closed; false if the system refuses.
  func add(_ socket: Int32, tag: UInt64) -> Bool {
    csystem_epoll_add(descriptor, socket, tag) == 0
  }

  /// Waits until something happens, but no longer than that; the number of things that did.
  func wait(milliseconds: Int) -> Int {
    max(0, Int(csystem_epoll_wait(descriptor, events, Int32(Self.capacity), Int32(milliseconds))))
  }

  /// Ends the present or the next `wait` early; from any thread.
  func interrupt() {
    csystem_alarm_ring(alarm)
  }

  /// What happened to sockets, the `count` things that `wait` told of.
  func report(_ count: Int, _ body: (Event) -> Void) {
    for index in 0..<count {
      let event = events + index
      let tag = csystem_event_tag(event)
      if tag == .max { continue }
      body(
        Event(
          tag: tag, canReceive: csystem_event_can_receive(event) != 0, canSend: csystem_event_can_send(event) != 0,
          isEnd: csystem_event_is_end(event) != 0))
    }
  }
}

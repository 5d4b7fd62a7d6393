/// Sockets by tag. A tag is never used twice, so an event that was under way when its socket closed finds nothing,
/// even if another socket has its place by then.
struct SocketTable {
  private struct Slot {
    var socket: Socket?
    var generation: UInt32 = 0
  }

  private var slots: [Slot] = []
  private var free: [Int] = []

  mutating func insert(_ socket: Socket) -> UInt64 {
    let index: Int
    if let reused = free.popLast() {
      index = reused
    } else {
      index = slots.count
      slots.append(Slot())
    }
    slots[index].socket = socket
    return UInt64(slots[index].generation) << 32 | UInt64(index)
  }

  mutating func remove(_ tag: UInt64) {
    guard self[tag] != nil else { return }
    let index = Int(tag & 0xFFFF_FFFF)
    slots[index].socket = nil
    slots[index].generation &+= 1
    free.append(index)
  }

  subscript(_ tag: UInt64) -> Socket? {
    let index = Int(tag & 0xFFFF_FFFF)
    guard index < slots.count, slots[index].generation == UInt32(tag >> 32) else { return nil }
    return slots[index].socket
  }

  /// Calls `body` for each socket; those it removes meanwhile do no harm.
  func forEach(_ body: (Socket) -> Void) {
    for slot in slots {
      if let socket = slot.socket { body(socket) }
    }
  }
}

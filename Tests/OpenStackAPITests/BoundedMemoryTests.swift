import OpenStackAPI
import Testing

@Suite("Memory that clients fill")
struct BoundedMemoryTests {
  @Test("a cache holds as many bytes as it may, and what was asked for last")
  func cache() {
    var cache = BoundedCache<Int, String>(bytes: 10_000)
    for key in 0..<1000 {
      cache.insert("value", for: key, bytes: 136)
      _ = cache.value(for: 0)
    }
    #expect(cache.bytes <= 10_000 && (25...50).contains(cache.count))
    #expect(cache.value(for: 0) == "value" && cache.value(for: 999) == "value" && cache.value(for: 500) == nil)
    cache.insert("large", for: 1000, bytes: 9000)
    #expect(cache.value(for: 1000) == nil && cache.value(for: 999) == "value")
    for key in 0...1000 { cache.remove(key) }
    #expect(cache.bytes == 0 && cache.count == 0)
  }

  @Test("a value that is kept again counts once")
  func again() {
    var cache = BoundedCache<Int, Int>(bytes: 10_000)
    for value in 0..<1000 { cache.insert(value, for: 1, bytes: 936) }
    #expect(cache.value(for: 1) == 999 && cache.count == 1 && cache.bytes == 1000)
  }

  @Test("a queue drops the oldest, by bytes or by number")
  func queue() {
    var queue = BoundedQueue<Int>(bytes: 1000, elements: 50)
    for number in 0..<10_000 { queue.append(number, bytes: 10) }
    #expect(queue.all == Array(9950..<10_000) && queue.bytes == 500)
    for number in 0..<10 { queue.append(number, bytes: 300) }
    #expect(queue.all == [7, 8, 9] && queue.bytes == 900)
    queue.append(10, bytes: 100_000)
    #expect(queue.all == [10])
    #expect(queue.changeLast(where: { $0 == 10 }, weight: { _ in 5 }) { $0 = 11 })
    #expect(queue.popFirst() == 11 && queue.popFirst() == nil && queue.bytes == 0)
  }

  private struct Heavy: Weighed {
    let number: Int
    let weight: Int
  }

  @Test("one who no longer listens is forgotten, whether or not all was heard", arguments: [0, 1, 2])
  func gone(heard: Int) async {
    let followers = Followers<Heavy>()
    do {
      var events = followers.follow().makeAsyncIterator()
      for number in 0..<2 { followers.publish(Heavy(number: number, weight: 1)) }
      for _ in 0..<heard { _ = await events.next() }
      withExtendedLifetime(events) { #expect(!followers.isEmpty) }
    }
    #expect(followers.isEmpty)
  }

  @Test("a follower who is slow misses the oldest, and hears the others in their order")
  func follower() async {
    let followers = Followers<Heavy>()
    let following = followers.follow()
    for number in 0..<100 { followers.publish(Heavy(number: number, weight: 1 << 20)) }
    followers.close()
    var heard: [Int] = []
    for await case .element(let heavy) in following { heard.append(heavy.number) }
    #expect(heard == Array(96..<100))
  }
}

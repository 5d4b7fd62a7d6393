import Glibc

/// A value behind a lock, used like the standard library's `Mutex`:
///
/// ```swift
/// let count = Locked(0)
/// count.withLock { $0 += 1 }
/// ```
///
/// Who has to wait for a `Mutex` waits inside the standard library, where ThreadSanitizer does not see it get the lock
/// and so reports races that are none. This one is the C library's lock, for which it costs an allocation: keep it out of
/// what is made for each request. As with `Mutex`, whoever holds the lock must not ask for it again.
///
/// - Safety: the lock and the value stay where they were allocated until nobody holds this any more, and the value is
///   touched only with the lock held.
public struct Locked<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  @usableFromInline
  struct Contents: ~Copyable {
    @usableFromInline var mutex: pthread_mutex_t
    @usableFromInline var value: Value

    @inlinable
    init(value: consuming Value) {
      mutex = pthread_mutex_t()
      self.value = value
    }
  }

  @usableFromInline let contents: UnsafeMutablePointer<Contents>

  /// Puts a value behind a lock of its own.
  @inlinable
  public init(_ value: consuming sending Value) {
    contents = .allocate(capacity: 1)
    contents.initialize(to: Contents(value: value))
    pthread_mutex_init(&contents.pointee.mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(&contents.pointee.mutex)
    contents.deinitialize(count: 1)
    contents.deallocate()
  }

  /// Waits for the lock, and holds it while `body` reads or changes the value.
  @inlinable
  public borrowing func withLock<T: ~Copyable, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending T
  ) throws(E) -> sending T {
    pthread_mutex_lock(&contents.pointee.mutex)
    defer { pthread_mutex_unlock(&contents.pointee.mutex) }
    return try body(&contents.pointee.value)
  }
}

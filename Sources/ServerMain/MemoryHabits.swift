import Glibc

/// How this process gives memory back (mallopt(3)). By default glibc keeps large freed blocks, and one arena a thread;
/// a server that now and then writes answers of megabytes would hold on to all it ever needed at once.
enum MemoryHabits {
  static func set() {
    mallopt(M_ARENA_MAX, 2)
    // A threshold that is set stays; blocks above it are mapped, grow without copying, and go when they are freed.
    mallopt(M_MMAP_THRESHOLD, 256 << 10)
    mallopt(M_TRIM_THRESHOLD, 1 << 20)
  }
}

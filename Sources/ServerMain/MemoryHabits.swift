import CSystem
import Glibc

/// How this process gives memory back (mallopt(3)). By default glibc keeps large freed blocks, and one arena a thread;
/// a server that now and then writes answers of megabytes would hold on to all it ever needed at once.
enum MemoryHabits {
  static func set() {
    mallopt(csystem_malloc_arena_max, 2)
    // A threshold that is set stays; blocks above it are mapped, grow without copying, and go when they are freed. The
    // chunks of uploads are such, and are used again and again; pieces of other bodies are not, as they come and go
    // quickly.
    mallopt(csystem_malloc_mmap_threshold, 64 << 10)
    mallopt(csystem_malloc_trim_threshold, 1 << 20)
  }
}

#define _GNU_SOURCE
#include "CSystem.h"

#include <fcntl.h>

int csystem_malloc_trim(void) { return malloc_trim(0); }

int csystem_begin_sync(int fd, int64_t start, int64_t count) {
  return sync_file_range(fd, start, count, SYNC_FILE_RANGE_WRITE);
}

#define _GNU_SOURCE
#include "CSystem.h"

#include <sys/mman.h>

int csystem_malloc_trim(void) { return malloc_trim(0); }

int csystem_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

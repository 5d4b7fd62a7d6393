#define _GNU_SOURCE
#include "CSystem.h"

#include <fcntl.h>

int csystem_malloc_trim(void) { return malloc_trim(0); }

// What Glibc's Swift module lacks, as thin static inlines. Nothing here keeps state.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#endif

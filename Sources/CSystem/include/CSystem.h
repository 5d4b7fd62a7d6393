// What Glibc's Swift module lacks, as thin static inlines. Nothing here keeps state.
#ifndef CSYSTEM_H
#define CSYSTEM_H

#include <malloc.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// --- Sockets (HTTPServer) ---

// Declared by <sys/socket.h> only under _GNU_SOURCE, which the Swift importer does not set.
extern int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags);

// Accepts a connection that is non-blocking and closed on exec; -1 and errno as accept4(2).
static inline int csystem_accept(int fd, struct sockaddr_storage *address) {
  socklen_t length = sizeof *address;
  return accept4(fd, (struct sockaddr *)address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// A non-blocking, close-on-exec TCP socket of the given family; -1 and errno as socket(2).
static inline int csystem_tcp_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline int csystem_set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value);
}

static inline void csystem_set_no_delay(int fd) { csystem_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1); }

// Makes the next close(2) of the socket reset the connection rather than end it in order.
static inline void csystem_reset_on_close(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

// Sends up to three pieces in one system call, without SIGPIPE; -1 and errno as sendmsg(2).
static inline ssize_t csystem_send3(
  int fd, const void *a, size_t a_count, const void *b, size_t b_count, const void *c, size_t c_count, int more) {
  struct iovec pieces[3] = {
    {.iov_base = (void *)a, .iov_len = a_count},
    {.iov_base = (void *)b, .iov_len = b_count},
    {.iov_base = (void *)c, .iov_len = c_count},
  };
  struct msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_iov = pieces;
  message.msg_iovlen = 3;
  return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
}

static inline ssize_t csystem_send(int fd, const void *bytes, size_t count) {
  return send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static inline ssize_t csystem_receive(int fd, void *bytes, size_t count) {
  return recv(fd, bytes, count, MSG_DONTWAIT);
}

static inline ssize_t csystem_sendfile(int socket, int file, int64_t offset, size_t count) {
  off_t from = (off_t)offset;
  return sendfile(socket, file, &from, count);
}

static inline int csystem_epoll_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Watches a socket for both directions, edge-triggered, for as long as it is open; -1 and errno as epoll_ctl(2).
static inline int csystem_epoll_add(int set, int fd, uint64_t tag) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = tag}};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

// Waits that long at most; the number of events, or -1 and errno as epoll_wait(2).
static inline int csystem_epoll_wait(int set, struct epoll_event *events, int capacity, int milliseconds) {
  return epoll_wait(set, events, capacity, milliseconds);
}

// A descriptor to wake epoll_wait with.
static inline int csystem_alarm_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void csystem_alarm_ring(int fd) { eventfd_write(fd, 1); }

static inline uint64_t csystem_event_tag(const struct epoll_event *event) { return event->data.u64; }

static inline int csystem_event_can_receive(const struct epoll_event *event) {
  return (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

static inline int csystem_event_can_send(const struct epoll_event *event) {
  return (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
}

// The peer will send nothing more.
static inline int csystem_event_is_end(const struct epoll_event *event) {
  return (event->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
}

// mallopt(3)'s parameters are negative macros, which Swift does not see.
static const int csystem_malloc_trim_threshold = M_TRIM_THRESHOLD;
static const int csystem_malloc_mmap_threshold = M_MMAP_THRESHOLD;
static const int csystem_malloc_arena_max = M_ARENA_MAX;

// malloc.h, which the Glibc module leaves out: gives freed pages back to the system.
int csystem_malloc_trim(void);

// The same header's: how many bytes a block from malloc has.
static inline size_t csystem_malloc_usable_size(void *block) { return malloc_usable_size(block); }

// sys/mman.h's parts beyond POSIX, which the Glibc module leaves out: a file in memory, and addresses without memory.
int csystem_memory_file(const char *name);
static const int csystem_map_noreserve = MAP_NORESERVE;

#endif

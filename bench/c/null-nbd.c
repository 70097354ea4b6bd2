// null-nbd: an NBD server that keeps nothing, to see what is left of a load when the server does nothing.
//
// It takes whatever has come in one read and answers all of it with one gathered write, and neither stores nor encrypts: reads return
// zeros. Before it waits it looks a few times whether something has come, as Keyslot does. One thread per connection. Unix socket, fixed newstyle, NBD_OPT_EXPORT_NAME and NBD_OPT_GO, requests up to 2 MiB.
//
//   gcc -O2 -pthread -o /tmp/null-nbd bench/c/null-nbd.c && /tmp/null-nbd /tmp/null.sock 512    # size in MiB
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { REQUEST_MAX = 2 << 20, INBOX = 4 << 20, READ_MAX = 256 << 10, BATCH = 31, HEADER = 28, LOOKS = 6 };

struct __attribute__((packed)) request { uint32_t magic; uint16_t flags, type; uint64_t cookie, offset; uint32_t length; };
struct __attribute__((packed)) reply { uint32_t magic, error; uint64_t cookie; };

static uint64_t size_bytes;
static char zeros[REQUEST_MAX];

static _Noreturn void leave(int s) {
  close(s);
  pthread_exit(NULL);
}

static void get(int s, void *to, size_t count) {
  for (char *at = to; count > 0;) {
    ssize_t n = read(s, at, count);
    if (n <= 0) leave(s);
    at += n, count -= n;
  }
}

static void put(int s, const void *from, size_t count) {
  for (const char *at = from; count > 0;) {
    ssize_t n = write(s, at, count);
    if (n <= 0) leave(s);
    at += n, count -= n;
  }
}

static void put_all(int s, struct iovec *v, int count) {
  while (count > 0) {
    ssize_t n = writev(s, v, count);
    if (n <= 0) leave(s);
    while (count > 0 && (size_t)n >= v->iov_len) n -= v->iov_len, v++, count--;
    if (count > 0) v->iov_base = (char *)v->iov_base + n, v->iov_len -= n;
  }
}

static void handshake(int s) {
  struct __attribute__((packed)) { uint64_t magic, option; uint16_t flags; } hello = {
      htobe64(0x4e42444d41474943), htobe64(0x49484156454f5054), htobe16(3)};
  uint32_t client_flags;
  put(s, &hello, sizeof hello);
  get(s, &client_flags, 4);
  for (;;) {
    struct __attribute__((packed)) { uint64_t magic; uint32_t option, length; } o;
    struct __attribute__((packed)) { uint16_t type; uint64_t size; uint16_t flags; } info = {0, htobe64(size_bytes), htobe16(5)};
    char data[4096];
    get(s, &o, sizeof o);
    if (be32toh(o.length) > sizeof data) leave(s);
    get(s, data, be32toh(o.length));
    struct __attribute__((packed)) { uint64_t magic; uint32_t option, type, length; } r = {htobe64(0x3e889045565a9), o.option, 0, 0};
    switch (be32toh(o.option)) {
      case 1:  // NBD_OPT_EXPORT_NAME: size, flags and, as the client refuses no zeroes, nothing else
        put(s, &info.size, 10);
        return;
      case 7:  // NBD_OPT_GO: NBD_REP_INFO, then NBD_REP_ACK
        r.type = htobe32(3), r.length = htobe32(sizeof info);
        put(s, &r, sizeof r);
        put(s, &info, sizeof info);
        r.type = htobe32(1), r.length = 0;
        put(s, &r, sizeof r);
        return;
      default:  // NBD_REP_ERR_UNSUP
        r.type = htobe32(0x80000001);
        put(s, &r, sizeof r);
    }
  }
}

static void *serve(void *arg) {
  int s = (int)(intptr_t)arg;
  char *in = malloc(INBOX);
  struct reply replies[BATCH];
  struct iovec out[2 * BATCH];
  size_t here = 0;
  handshake(s);
  for (;;) {
    size_t room = INBOX - here < READ_MAX ? INBOX - here : READ_MAX;
    ssize_t n = recv(s, in + here, room, MSG_DONTWAIT);
    for (int i = 1; i < LOOKS && n < 0 && errno == EAGAIN; i++) {
      sched_yield();
      n = recv(s, in + here, room, MSG_DONTWAIT);
    }
    if (n < 0 && errno == EAGAIN) n = read(s, in + here, room);
    if (n <= 0) leave(s);
    here += n;
    size_t at = 0;
    for (int more = 1; more;) {
      int count = 0, parts = 0;
      for (more = 0; here - at >= HEADER; count++) {
        struct request *q = (struct request *)(in + at);
        uint32_t length = be32toh(q->length);
        int type = be16toh(q->type);
        if (type == 2 || length > REQUEST_MAX) leave(s);  // NBD_CMD_DISC
        if (type == 1 && here - at < HEADER + length) break;
        if (count == BATCH) { more = 1; break; }
        at += HEADER + (type == 1 ? length : 0);
        replies[count] = (struct reply){htobe32(0x67446698), 0, q->cookie};
        out[parts++] = (struct iovec){&replies[count], sizeof(struct reply)};
        if (type == 0) out[parts++] = (struct iovec){zeros, length};
      }
      put_all(s, out, parts);
    }
    memmove(in, in + at, here - at);
    here -= at;
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: null-nbd SOCKET SIZE_MIB\n"), 2;
  size_bytes = (uint64_t)atol(argv[2]) << 20;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  unlink(argv[1]);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) return perror(argv[1]), 1;
  for (int s; (s = accept(listener, NULL, NULL)) >= 0;) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)s)) return perror("pthread_create"), 1;
    pthread_detach(thread);
  }
  return perror("accept"), 1;
}

/*
 * The yardstick for the cipher engines: AES-256-XTS by OpenSSL's libcrypto in the plainest loop, a
 * new tweak per data unit, out of one buffer into another, one thread.
 * Time is the thread's processor time, so that a busy machine blurs the figure less.
 *
 *   gcc -O2 -o xts-loop xts-loop.c -lcrypto
 *   ./xts-loop UNIT_BYTES CALL_BYTES [ROUNDS [MILLISECONDS]]
 *
 * Prints the median, least and greatest rate of ROUNDS rounds in GB/s (10^9 bytes), encryption
 * then decryption. Every call of CALL_BYTES works on the same two buffers.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static void call(EVP_CIPHER_CTX *context, uint64_t unit_number, size_t unit_bytes,
                 const unsigned char *from, unsigned char *to, size_t bytes) {
  for (size_t at = 0; at < bytes; at += unit_bytes, unit_number++) {
    unsigned char tweak[16] = {0};
    memcpy(tweak, &unit_number, sizeof unit_number); /* little-endian machines only */
    int done;
    if (EVP_CipherInit_ex(context, NULL, NULL, NULL, tweak, -1) != 1 ||
        EVP_CipherUpdate(context, to + at, &done, from + at, (int)unit_bytes) != 1) {
      fprintf(stderr, "xts-loop: libcrypto refused a data unit\n");
      exit(1);
    }
  }
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static double round_rate(EVP_CIPHER_CTX *context, size_t unit_bytes, size_t call_bytes,
                         unsigned char *from, unsigned char *to, double seconds) {
  double start = now(), elapsed, bytes = 0;
  uint64_t unit_number = 0;
  do {
    for (int i = 0; i < 16; i++) {
      call(context, unit_number, unit_bytes, from, to, call_bytes);
      unit_number += call_bytes / unit_bytes;
      bytes += call_bytes;
    }
    elapsed = now() - start;
  } while (elapsed < seconds);
  return bytes / elapsed / 1e9;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: xts-loop UNIT_BYTES CALL_BYTES [ROUNDS [MILLISECONDS]]\n");
    return 2;
  }
  size_t unit_bytes = strtoul(argv[1], NULL, 10), call_bytes = strtoul(argv[2], NULL, 10);
  int rounds = argc > 3 ? atoi(argv[3]) : 5;
  double seconds = (argc > 4 ? atoi(argv[4]) : 300) / 1e3;
  if (unit_bytes < 16 || call_bytes % unit_bytes || call_bytes == 0 || rounds < 1) {
    fprintf(stderr, "xts-loop: a call must be whole units\n");
    return 2;
  }
  unsigned char key[64];
  for (int i = 0; i < 64; i++) key[i] = (unsigned char)i;
  unsigned char *from = malloc(call_bytes);
  unsigned char *to = malloc(call_bytes);
  double *rates = calloc((size_t)rounds, sizeof *rates);
  if (!from || !to || !rates) return 1;
  memset(from, 0x5a, call_bytes);
  memset(to, 0, call_bytes);
  for (int encrypt = 1; encrypt >= 0; encrypt--) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context || EVP_CipherInit_ex(context, EVP_aes_256_xts(), NULL, key, NULL, encrypt) != 1) {
      fprintf(stderr, "xts-loop: libcrypto refused the key\n");
      return 1;
    }
    round_rate(context, unit_bytes, call_bytes, from, to, seconds / 3);
    for (int i = 0; i < rounds; i++)
      rates[i] = round_rate(context, unit_bytes, call_bytes, from, to, seconds);
    qsort(rates, (size_t)rounds, sizeof *rates, ascending);
    printf("%s unit=%zu call=%zu GB/s median=%.2f min=%.2f max=%.2f\n",
           encrypt ? "encrypt" : "decrypt", unit_bytes, call_bytes, rates[rounds / 2], rates[0],
           rates[rounds - 1]);
    EVP_CIPHER_CTX_free(context);
  }
  return 0;
}

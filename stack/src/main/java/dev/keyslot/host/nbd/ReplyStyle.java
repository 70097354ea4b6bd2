package dev.keyslot.host.nbd;

/** Headers of the transmission phase, as negotiated; each includes the abilities of the former. */
enum ReplyStyle {
  /** 28-byte requests, simple replies. */
  SIMPLE(28),
  /** 28-byte requests, structured replies. */
  STRUCTURED(28),
  /** 32-byte requests with 64-bit lengths, extended replies. */
  EXTENDED(32);

  private final int requestHeaderBytes;

  ReplyStyle(int requestHeaderBytes) {
    this.requestHeaderBytes = requestHeaderBytes;
  }

  int requestHeaderBytes() {
    return requestHeaderBytes;
  }
}

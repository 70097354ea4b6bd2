package dev.keyslot.app.survey;

/** What the bytes of a data unit look like. */
public enum UnitKind {
  /** All bytes zero: reads as zeros. */
  ZERO,
  /** As random bytes look; compressed data looks the same. */
  RANDOM,
  /** Some 512-byte sectors all zero, others not: cut off while written, or trimmed in part. */
  TORN,
  /** Bytes unevenly distributed or 16-byte blocks repeated: not what AES-XTS leaves. */
  STRUCTURED
}

package dev.keyslot.host.volume;

/** What TRIM and WRITE_ZEROES do to the medium; docs/security.md says what each leaks. */
public enum DiscardPolicy {
  /** Both free space on the medium; what was freed reads as zeros. Shows which units are in use. */
  DEALLOCATE,
  /** Both write encrypted zeros: the medium never shows what is unused, and stays allocated. */
  ZERO,
  /** TRIM is not offered; WRITE_ZEROES writes encrypted zeros. */
  OFF
}

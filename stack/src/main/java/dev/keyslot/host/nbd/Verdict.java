package dev.keyslot.host.nbd;

/**
 * What became of a request at the door: the command to carry out, or why it is refused.
 *
 * <p>Both are enums, so that judging allocates nothing; the numbers stay in {@link RequestHeader}.
 */
sealed interface Verdict permits NbdCommand, Refusal {}

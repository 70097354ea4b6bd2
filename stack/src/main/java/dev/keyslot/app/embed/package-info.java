/**
 * Encrypted volumes for Java programs: the one package that other modules see.
 *
 * <p>In: paths, sizes, byte buffers. Out: the volume's plaintext; on the medium what every keyslot
 * server writes. Thread: any, each call on the caller's.
 *
 * <p>Knows nothing of: the command line. Shows nothing of: other rooms' types.
 *
 * <p>Start at: {@link EncryptedImage}; docs/embedding.md has the examples that its test compiles.
 */
package dev.keyslot.app.embed;

/**
 * The configuration file of a server: YAML, checked down to the line.
 *
 * <p>In: a file. Out: a {@link dev.keyslot.app.stack.ServeConfig}, or one line that names file,
 * line and field. Thread: the caller's.
 *
 * <p>Knows nothing of: running servers. Start at: {@link ConfigFile}. Tests: ConfigFileTest; the
 * example in docs/config.md is loaded by one.
 */
package dev.keyslot.app.config;

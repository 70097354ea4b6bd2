/**
 * The command line: parses, prints, nothing else.
 *
 * <p>In: arguments. Out: calls to {@code app.image}, {@code app.survey} and {@code app.stack}; one
 * line per error on standard error; exit codes 0 done, 1 failed, 2 wrong usage. Thread: the main
 * one; {@code serve} has another load classes beside it.
 *
 * <p>Knows nothing of: the rooms behind the assembly.
 *
 * <p>Start at: {@link Main}, then {@link Syntax}. Tests: app/cli/CommandLineTest; docs/cli.md has
 * transcripts.
 */
package dev.keyslot.app.cli;

/**
 * Doubles for tests of drivers: a register window that plays a script, and time that tests own.
 *
 * <p>Not the model: the double answers what a test told it to and remembers every access.
 */
package dev.keyslot.testkit.host;

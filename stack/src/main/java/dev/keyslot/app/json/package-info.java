/**
 * JSON texts, whole.
 *
 * <p>In: UTF-8 bytes, or the calls that write them. Out: maps, lists and plain values, or indented
 * text. Thread: any.
 *
 * <p>Knows nothing of: what the texts are about.
 *
 * <p>Start at: {@link Json}. Tests: app/image/SidecarCodecTest, app/cli/RegistersCommandTest.
 */
package dev.keyslot.app.json;

/**
 * The files of an image: the sparse image itself, its key file, its sealed sidecar, and their lock.
 *
 * <p>In: an {@link ImageRequest}, as an operator states it. Out: an {@link ImageFile}, open, locked
 * and checked, with its volumes' keys. Thread: set-up only; nothing here runs per request.
 *
 * <p>Knows nothing of: exports, rooms of the host, the model. Refusals are {@link StackException}s.
 *
 * <p>Start at: {@link ImageFile#open}. Tests: ImageCreationTest, SidecarTest, KeyFileTest.
 */
package dev.keyslot.app.image;

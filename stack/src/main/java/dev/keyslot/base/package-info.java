/**
 * The few types that every room may use: checks, clock, parker, bit fields, agents, buffers.
 *
 * <p>In: nothing. Out: nothing. Thread: all types here are stateless or say otherwise.
 *
 * <p>Knows nothing of: any other room. Start at: {@link BufferPool}.
 */
package dev.keyslot.base;

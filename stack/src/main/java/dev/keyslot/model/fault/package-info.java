/**
 * What goes wrong, and when: a seeded plan that the silicon asks at each of its fault points.
 *
 * <p>In: lines of a plan. Out: yes or no at each opportunity, and a log line at each strike.
 * Thread: any.
 *
 * <p>Knows nothing of: what a fault does; each room carries its own out. Start at: {@link
 * dev.keyslot.model.fault.FaultPlan}. Tests: model/fault.
 */
package dev.keyslot.model.fault;

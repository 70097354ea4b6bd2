package dev.keyslot.model.engine;

/** Whether a task that asks for crypto may run; everything but OK fails closed. */
public enum Verdict {
  OK,
  /** Invalid crypto configuration: ICCE. */
  INVALID_CONFIGURATION,
  /** General crypto error: GCE. */
  GENERAL_ERROR
}

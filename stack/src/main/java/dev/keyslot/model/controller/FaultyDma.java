package dev.keyslot.model.controller;

import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.MemorySegment;

/** Host memory that sometimes does not answer, as a plan says. */
final class FaultyDma implements DmaMemory {

  private final DmaMemory memory;
  private final FaultPlan plan;

  FaultyDma(DmaMemory memory, FaultPlan plan) {
    this.memory = memory;
    this.plan = plan;
  }

  @Override
  public MemorySegment resolve(long busAddress, long lengthBytes) {
    return plan.strikes(FaultPoint.DMA_UNMAPPED) ? null : memory.resolve(busAddress, lengthBytes);
  }
}

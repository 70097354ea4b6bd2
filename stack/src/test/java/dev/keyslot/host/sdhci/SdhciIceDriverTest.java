package dev.keyslot.host.sdhci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ScriptedWindow;
import dev.keyslot.testkit.host.ScriptedWindow.Write;
import org.junit.jupiter.api.Test;

/** Encryption without a queue: slot and number in a pair of registers before each command. */
class SdhciIceDriverTest {

  private final DriverBench bench = new DriverBench();

  private MmcHost bind() throws ProbeException {
    bench.device.bind(new SdhciIceDriver(CqhciConfig.generic(), true));
    return SdhciPciDriver.hostOf(bench.device);
  }

  private Outcome write(MmcHost host, CryptoKey key, long dun) {
    bench.window.forgetWrites();
    bench.card.forgetCommands();
    Outcome outcome =
        new DriverIo(host.queue(), bench.memory).data(BlockOperation.WRITE, 0x1000, 8, key, dun);
    host.queue().poll();
    return outcome;
  }

  @Test
  void usesTheSameManagerOnACardWithoutQueue() throws ProbeException {
    MmcHost host = bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.card().queueOn()).isFalse();
    assertThat(host.queue().keyslotManager()).isSameAs(host.keyslots());
    assertThat(host.keyslots().numSlots()).isEqualTo(32);
  }

  @Test
  void namesSlotAndNumberBeforeTheCommand() throws ProbeException {
    MmcHost host = bind();
    write(host, DriverIo.key(9, 4096, false), 1);
    Outcome outcome = write(host, DriverIo.key(0, 4096, false), 0x1234_5678L);
    assertThat(outcome.status()).isEqualTo(BlockStatus.OK);
    assertThat(bench.card.commands())
        .containsExactly("CMD23 00000008", "CMD25 00001000", "CMD13 00010000");
    assertThat(bench.window.writes())
        .containsSubsequence(
            new Write(ScriptedWindow.CQ + 0x74, 0x1234_5678L, 4),
            new Write(ScriptedWindow.CQ + 0x70, 0x101, 4),
            new Write(0x08, 0x1000, 4));
    assertThat(bench.window.get(ScriptedWindow.CQ + 0x08)).as("CFG.CRYPTO").isEqualTo(2);
  }

  @Test
  void switchesTheEngineOffForAPlainCommand() throws ProbeException {
    MmcHost host = bind();
    write(host, DriverIo.key(0, 4096, false), 1);
    assertThat(write(host, null, 0).status()).isEqualTo(BlockStatus.OK);
    assertThat(bench.window.get(ScriptedWindow.CQ + 0x70)).isZero();
  }

  @Test
  void refusesANumberThatLeaves32Bits() throws ProbeException {
    MmcHost host = bind();
    Outcome outcome = write(host, DriverIo.key(0, 512, false), 0xFFFF_FFFFL);
    assertThat(outcome.status()).isEqualTo(BlockStatus.INVAL);
    assertThat(bench.card.commands()).noneMatch(c -> c.startsWith("CMD25"));
  }

  @Test
  void registersNoManagerWhereThereIsNoEngine() throws ProbeException {
    bench.window.set(ScriptedWindow.CQ + 0x04, 0x30C0);
    MmcHost host = bind();
    assertThat(host.queue().keyslotManager()).isNull();
    assertThat(write(host, DriverIo.key(0, 4096, false), 0).status())
        .isEqualTo(BlockStatus.NOTSUPP);
    assertThat(bench.card.commands()).isEmpty();
  }

  @Test
  void enablesTheEngineAgainAfterAReset() throws ProbeException {
    MmcHost host = bind();
    write(host, DriverIo.key(0, 4096, false), 1);
    host.reset();
    write(host, DriverIo.key(0, 4096, false), 1);
    assertThat(bench.window.get(ScriptedWindow.CQ + 0x08)).as("CFG.CRYPTO").isEqualTo(2);
  }
}

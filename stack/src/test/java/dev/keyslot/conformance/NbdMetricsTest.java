package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Gauge;
import dev.keyslot.base.metrics.Snapshot;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each request, error and connection is counted once, by the name of what it was. */
@Timeout(60)
class NbdMetricsTest {

  private static final int MIB = 1 << 20;

  @Test
  void countsRequestsBytesErrorsAndConnections() throws IOException {
    RamExport ram = new RamExport("ram", MIB).withFailure(NbdError.EIO, 0x80000, 0x81000);
    try (NbdFixture fixture = NbdFixture.serving(ram)) {
      fixture.greeted().endOutput().close(); // refused: never reached transmission
      try (NbdTestClient client = fixture.greeted()) {
        client.send("49484156454f5054 00000001 00000003 72616d").receive(10);
        client
            .send("25609513 0000 0001 0000000000000001 0000000000000000 00000003 aabbcc")
            .send("25609513 0000 0000 0000000000000002 0000000000000000 00000002")
            .send("25609513 0000 0000 0000000000000003 0000000000000001 00000002")
            .send("25609513 0000 0000 0000000000000004 0000000000080000 00000001") // EIO
            .send("25609513 0000 0000 0000000000000005 0000000000100000 00000001") // past the end
            .send("25609513 0000 0003 0000000000000006 0000000000000000 00000000")
            .send("25609513 0000 0004 0000000000000007 0000000000001000 00001000")
            .send("25609513 0000 0006 0000000000000008 0000000000002000 00001000")
            .send("25609513 0000 0005 0000000000000009 0000000000000000 00001000")
            .send("25609513 0000 0063 000000000000000a 0000000000000000 00000000") // no command
            .receive(10 * 16 + 4);
        Waiting.until("the last turn is booked", () -> count(fixture, Counter.NBD_REFUSALS) == 2);
        assertThat(fixture.metrics().snapshot().get(Gauge.NBD_CONNECTIONS)).isEqualTo(1);
      }
      fixture.awaitNoConnections();
      Snapshot now = fixture.metrics().snapshot();
      assertThat(now.get(Counter.NBD_WRITES)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_WRITTEN_BYTES)).isEqualTo(3);
      assertThat(now.get(Counter.NBD_READS)).isEqualTo(3);
      assertThat(now.get(Counter.NBD_READ_BYTES)).isEqualTo(4);
      assertThat(now.get(Counter.NBD_FLUSHES)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_TRIMS)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_ZEROES)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_CACHES)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_ERRORS_EIO)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_ERRORS_EINVAL)).isEqualTo(2);
      assertThat(now.get(Counter.NBD_CONNECTIONS_OPENED)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_CONNECTIONS_CLOSED)).isEqualTo(1);
      assertThat(now.get(Counter.NBD_CONNECTIONS_REFUSED)).isEqualTo(1);
      assertThat(now.get(Gauge.NBD_CONNECTIONS)).isZero();
      assertThat(now.get(Gauge.NBD_EXPORTS)).isEqualTo(1);
      assertThat(now.get(Gauge.NBD_BUFFER_BYTES)).isEqualTo(40L * MIB);
      assertThat(now.get(Gauge.NBD_BUFFER_USED_BYTES)).isZero();
    }
  }

  private static long count(NbdFixture fixture, Counter counter) {
    return fixture.metrics().snapshot().get(counter);
  }
}

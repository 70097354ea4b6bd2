package dev.keyslot.model.card;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** CRC16 of data blocks, and the noise that it tells. */
class DataCrcTest {

  /** Device-side reference 1.1, computed there. */
  @Test
  void endsABlockWithItsCrc() {
    assertThat(DataCrc.of(Patterns.filled(0xFF, 512))).isEqualTo(0x7FA1);
    assertThat(DataCrc.of(new byte[512])).isZero();
  }

  /** The check value that catalogues of CRCs give for this polynomial, "XMODEM". */
  @Test
  void agreesWithTheCatalogues() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(DataCrc.of(digits)).isEqualTo(0x31C3);
  }

  private static CardPort card(HeapMedia media, String faults) {
    FaultPlan plan = FaultPlan.parse(faults, 7, line -> {});
    CardPort card = new FaultyCard(new EmmcCard(CardProfile.served(16384), media), plan);
    CardResponse response = new CardResponse();
    card.power(true);
    card.command(0, 0, response);
    card.command(1, 0x40FF8080, response);
    card.command(2, 0, response);
    card.command(3, 1 << 16, response);
    card.command(7, 1 << 16, response);
    return card;
  }

  @Test
  void aReadBringsTheNoiseOfWhichItTells() {
    try (HeapMedia media = new HeapMedia(8L << 20)) {
      byte[] stored = Patterns.sevens(512);
      media.write(0, MemorySegment.ofArray(stored));
      CardPort card = card(media, "read-crc nth 1");
      byte[] came = new byte[512];
      card.command(17, 0, new CardResponse());
      assertThat(card.receive(MemorySegment.ofArray(came))).isEqualTo(DataOutcome.CRC_ERROR);
      int turned = 0;
      for (int i = 0; i < 512; i++) {
        turned += Integer.bitCount((came[i] ^ stored[i]) & 0xFF);
      }
      assertThat(turned).as("bits that turned").isEqualTo(1);
    }
  }

  @Test
  void aWriteOfWhichTheCardTellsLeavesBothSidesAlone() {
    try (HeapMedia media = new HeapMedia(8L << 20)) {
      CardPort card = card(media, "write-crc nth 1");
      byte[] sent = Patterns.sevens(512);
      card.command(24, 0, new CardResponse());
      assertThat(card.send(MemorySegment.ofArray(sent))).isEqualTo(DataOutcome.CRC_ERROR);
      assertThat(sent).isEqualTo(Patterns.sevens(512));
      assertThat(media.extent(0)).as("nothing is stored").isNegative();
    }
  }
}

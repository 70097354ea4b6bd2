package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.fallback.CryptoFallback;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The same bios down the whole stack to a medium, with 32 keyslots, with one, and in software
 * alone: the same bytes on the medium and in every read, in every mode, holes and trims among them.
 *
 * <p>Modes that the engine announces go through the hardware where there is some; all others
 * through the fallback. 2,500 bios; 10,000 with {@code -Dkeyslot.long}.
 */
class EveryWayToEncryptTest {

  private static final int CASES = Tool.isLongRun() ? 10_000 : 2_500;
  private static final int BATCH = 12;
  private static final int LANE_SECTORS = 256;
  private static final int SECTORS = BATCH * LANE_SECTORS;
  private static final int[] UNITS = {512, 4096};

  /** The card's size; bios stay in its beginning. */
  private static final long CARD_SECTORS = 1L << 21;

  /** One machine and its way to encrypt. */
  private static final class Way implements AutoCloseable {
    private final ModelBench bench;
    private final MmcHost host;
    private final CryptoFallback device;
    private final Plug plug = new Plug();
    private final List<BlockStatus> outcomes = new ArrayList<>();

    Way(int slots) {
      EngineConfig served = EngineConfig.served();
      List<Integer> everything = new ArrayList<>();
      for (int capability : EngineConfig.faithful().capabilities()) {
        boolean xts =
            CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(Integer.toUnsignedLong(capability))
                == CryptoAlgorithm.AES_XTS.code();
        everything.add(xts ? CqhciFields.CRYPTOCAP_ZERO_RULE.set32(capability) : capability);
      }
      bench =
          new ModelBench(
              CardProfile.served(CARD_SECTORS),
              new EngineConfig(
                  Math.max(slots, 1), served.configPointer(), everything, served.wrap()),
              ControllerConfig.served(1),
              new HeapMedia(CARD_SECTORS * 512));
      try {
        host = bench.bind(new SdhciPciDriver(CqhciConfig.generic(), slots > 0));
      } catch (ProbeException e) {
        throw new IllegalStateException(e);
      }
      device =
          new CryptoFallback(
              host.queue(),
              XtsEngines.jdk(),
              new CryptoFallback.Settings(2, 3, 65536, 4, 1000),
              bench.time,
              bench.time);
      bench.dma.map(device.bounceRegion());
    }

    /** Lets everything run until nothing can, and tells how the bios of the batch went. */
    List<BlockStatus> settle() {
      device.finish(plug);
      bench.settle(host);
      List<BlockStatus> copy = List.copyOf(outcomes);
      outcomes.clear();
      return copy;
    }

    private void submit(Bio bio, boolean plugged) {
      bio.completion((done, status) -> outcomes.add(status));
      if (plugged) {
        device.submit(plug, bio);
      } else {
        device.submit(bio);
      }
    }

    /** Lane {@code index} of the memory that the device reaches. */
    MemorySegment memory(int index) {
      return bench.memory.asSlice((long) index * LANE_SECTORS * 512, LANE_SECTORS * 512L);
    }

    MemorySegment onMedium() {
      MemorySegment all = Arena.ofAuto().allocate(SECTORS * 512L);
      bench.media.read(0, all);
      return all;
    }

    @Override
    public void close() {
      bench.device.unbind();
      device.close();
      bench.close();
    }
  }

  private final SplittableRandom random = Seeds.random(getClass());
  private final Way inline = new Way(32);
  private final List<Way> ways = List.of(inline, new Way(1), new Way(0));
  private final List<CryptoKey> keys = new ArrayList<>();

  @AfterEach
  void close() {
    ways.forEach(Way::close);
    keys.forEach(CryptoKey::close);
  }

  /** Two keys for every mode, unit and zero rule. */
  private void makeKeys() {
    for (CryptoMode mode : CryptoMode.values()) {
      for (int unit : UNITS) {
        for (int i = 0; i < 4; i++) {
          CryptoKey key =
              Bios.key(keys.size(), new CryptoConfig(mode, unit, 4, KeyType.RAW, i % 2 == 0));
          keys.add(key);
          ways.forEach(way -> assertThat(way.device.startUsingKey(key).ok()).isTrue());
          for (Way way : ways) {
            boolean inHardware = way != ways.get(2) && hardwareHas(key.config());
            assertThat(way.device.cryptoSupported(key.config())).isEqualTo(inHardware);
          }
        }
      }
    }
  }

  /** What the silicon has: AES-256-XTS, with the zero rule and without, and ESSIV without. */
  private static boolean hardwareHas(CryptoConfig config) {
    return switch (config.mode()) {
      case AES_256_XTS -> true;
      case AES_128_CBC_ESSIV -> !config.zeroRule();
      case ADIANTUM, SM4_XTS -> false;
    };
  }

  @Test
  void leaveTheSameBytesOnTheMediumAndReadTheSame() {
    makeKeys();
    for (int done = 0; done < CASES; done += BATCH) {
      for (int lane = 0; lane < BATCH; lane++) {
        submitOne(lane);
      }
      for (Way way : ways) {
        assertThat(way.settle()).hasSize(BATCH).containsOnly(BlockStatus.OK);
      }
      for (Way way : ways.subList(1, 3)) {
        for (int lane = 0; lane < BATCH; lane++) {
          assertThat(way.memory(lane).mismatch(inline.memory(lane)))
              .as("read %d of batch from case %d", lane, done)
              .isEqualTo(-1);
        }
      }
    }
    MemorySegment expected = inline.onMedium();
    for (Way way : ways.subList(1, 3)) {
      assertThat(way.onMedium().mismatch(expected)).isEqualTo(-1);
    }
    assertTheyWereThreeWays();
  }

  private void assertTheyWereThreeWays() {
    assertThat(inline.host.keyslots().numSlots()).isEqualTo(32);
    assertThat(ways.get(1).host.keyslots().numSlots()).isEqualTo(1);
    assertThat(ways.get(2).host.keyslots().numSlots()).isZero();
    long programs = ways.get(1).host.keyslots().counters().programs();
    assertThat(programs).isGreaterThan(inline.host.keyslots().counters().programs());
    assertThat(ways.get(2).device.slotCache().counters().programs())
        .isGreaterThan(inline.device.slotCache().counters().programs());
  }

  /** Bios of one batch lie in lanes: what overlaps is ordered by whoever submits. */
  private void submitOne(int lane) {
    long first = (long) lane * LANE_SECTORS + random.nextInt(8) * 8L;
    int sectors = 8 * (1 + random.nextInt(random.nextInt(4) == 0 ? 24 : 3));
    BlockOperation operation = operation(random.nextInt(12));
    CryptoKey key = random.nextInt(6) == 0 ? null : keys.get(random.nextInt(keys.size()));
    byte[] content = Seeds.bytes(random, sectors * 512);
    int cut = random.nextBoolean() ? 0 : 8 * (1 + random.nextInt(sectors / 8));
    boolean plugged = random.nextInt(4) != 0;
    boolean fua = random.nextInt(8) == 0;
    for (Way way : ways) {
      Bio bio = bio(way.memory(lane), operation, first, content, cut);
      if (operation.hasData() && key != null) {
        bio.crypto(key, first * 512 / key.config().dataUnitBytes());
      }
      way.submit(bio.fua(fua && operation == BlockOperation.WRITE), plugged);
    }
  }

  private static BlockOperation operation(int kind) {
    return switch (kind) {
      case 0, 1, 2, 3 -> BlockOperation.WRITE;
      case 4, 5, 6, 7, 8 -> BlockOperation.READ;
      case 9 -> BlockOperation.DISCARD;
      case 10 -> BlockOperation.WRITE_ZEROES;
      default -> BlockOperation.FLUSH;
    };
  }

  /** In one segment, or in two that lie apart. */
  private static Bio bio(
      MemorySegment memory, BlockOperation operation, long first, byte[] content, int cut) {
    int sectors = operation == BlockOperation.FLUSH ? 0 : content.length / 512;
    Bio bio = new Bio().start(operation, operation == BlockOperation.FLUSH ? 0 : first, sectors);
    if (!operation.hasData()) {
      return bio;
    }
    memory.asSlice(0, content.length).copyFrom(MemorySegment.ofArray(content));
    int cutBytes = Math.min(cut * 512, content.length);
    if (cutBytes > 0 && cutBytes < content.length) {
      int rest = content.length - cutBytes;
      MemorySegment apart = memory.asSlice(memory.byteSize() - rest, rest);
      apart.copyFrom(MemorySegment.ofArray(content).asSlice(cutBytes));
      bio.add(memory.asSlice(0, cutBytes)).add(apart);
    } else {
      bio.add(memory.asSlice(0, content.length));
    }
    return bio;
  }
}

package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Bios;
import org.junit.jupiter.api.Test;

/** Contexts of bios and requests: copied, advanced, compared. */
class CryptoContextTest {

  private final CryptoKey key = Bios.key(0, 4096);
  private final CryptoContext context = context(key, 100);

  private static CryptoContext context(CryptoKey key, long dun) {
    CryptoContext context = new CryptoContext();
    context.set(key, dun, 0, 0, 0);
    return context;
  }

  @Test
  void aCopyAdvancesOnItsOwn() {
    CryptoContext copy = new CryptoContext();
    copy.copyFrom(context);
    copy.advance(3 * 4096);
    assertThat(copy.key()).isSameAs(key);
    assertThat(copy.dunLow()).isEqualTo(103);
    assertThat(context.dunLow()).isEqualTo(100);
  }

  @Test
  void aPartOfAUnitDoesNotCount() {
    context.advance(4095);
    assertThat(context.dunLow()).isEqualTo(100);
    context.advance(8191);
    assertThat(context.dunLow()).isEqualTo(101);
  }

  @Test
  void advancingCarriesIntoTheNextLimb() {
    context.set(key, -1, 7, 0, 0);
    context.advance(4096);
    assertThat(context.dun(0)).isZero();
    assertThat(context.dun(1)).isEqualTo(8);
    assertThat(context.dun(2)).isZero();
    assertThat(context.dun(3)).isZero();
  }

  /** LUKS2 with 4096-byte sectors counts in 512-byte steps. */
  @Test
  void aStepOfEightCountsIn512ByteSectors() {
    CryptoKey luks = Bios.key(0, key.config().withDunStep(8));
    CryptoContext stepped = context(luks, 16);
    assertThat(stepped.contiguous(8192, context(luks, 32))).isTrue();
    assertThat(stepped.contiguous(8192, context(luks, 18))).isFalse();
    stepped.advance(8192);
    assertThat(stepped.dunLow()).isEqualTo(32);
  }

  @Test
  void compatibleMeansTheSameKeyObjectOrNone() {
    CryptoContext none = new CryptoContext();
    assertThat(CryptoContext.compatible(none, new CryptoContext())).isTrue();
    assertThat(CryptoContext.compatible(none, context)).isFalse();
    assertThat(CryptoContext.compatible(context, context(key, 5))).isTrue();
    assertThat(CryptoContext.compatible(context, context(Bios.key(0, 4096), 100))).isFalse();
  }

  @Test
  void mergeableMeansCompatibleAndContiguous() {
    CryptoContext none = new CryptoContext();
    assertThat(CryptoContext.mergeable(none, 4096, new CryptoContext())).isTrue();
    assertThat(CryptoContext.mergeable(none, 4096, context)).isFalse();
    assertThat(CryptoContext.mergeable(context, 4096, none)).isFalse();
    assertThat(CryptoContext.mergeable(context, 4096, context(key, 101))).isTrue();
    assertThat(CryptoContext.mergeable(context, 4096, context(key, 102))).isFalse();
    assertThat(CryptoContext.mergeable(context, 4096, context(Bios.key(0, 4096), 101))).isFalse();
  }

  @Test
  void theLastUnitOfTheDataMustFitTheNumbersThatTheKeyPromised() {
    CryptoContext last = context(key, 0xFFFF_FFFFL);
    assertThat(last.fits(4096, 4)).isTrue();
    assertThat(last.fits(8192, 4)).isFalse();
    assertThat(last.fits(8192, 5)).isTrue();
  }

  @Test
  void clearingForgetsEverything() {
    context.clear();
    assertThat(context.isSet()).isFalse();
    assertThat(context.key()).isNull();
    assertThat(context.dunLow()).isZero();
  }
}

package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.MutantLoader;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rule 36: a crypto init that does not clear the flag is caught by the rules' own tests. */
class ClearingMutantTest {

  private static final String CRYPTO_INIT = "dev.keyslot.host.cqhci.CqhciCrypto";
  private static final String TESTS = "dev.keyslot.conformance.InlineCryptoProbeTest";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule26ExitsWithoutMemory",
        "rule27HardwareWithoutCryptoProbesWellAndServesPlainData",
        "rule36TheFlagIsClearedInOnePlaceForEveryFailure"
      })
  void rule36TheTestsFailWithoutTheClearing(String rule) throws ReflectiveOperationException {
    MutantLoader same = new MutantLoader(CRYPTO_INIT, null);
    assertThat(same.run(TESTS, rule)).as("as it is").isNull();
    MutantLoader mutant = new MutantLoader(CRYPTO_INIT, "clearCrypto");
    assertThat(mutant.run(TESTS, rule)).as("without the clearing").isNotNull();
    assertThat(mutant.removed()).as("calls taken out").isPositive();
  }
}

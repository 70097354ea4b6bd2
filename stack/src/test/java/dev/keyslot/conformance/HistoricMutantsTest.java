package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.MutantLoader;
import dev.keyslot.testkit.MutantLoader.Bits;
import dev.keyslot.testkit.MutantLoader.Mutation;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The product itself, with one of the shipped bugs put back into its compiled classes: the test
 * that guards against it must fail.
 */
class HistoricMutantsTest {

  private static final String HOST = "dev.keyslot.host.";

  /** MMC_CAP2_CRYPTO, bit 27. */
  private static final int CRYPTO_FLAG = 0x0800_0000;

  private static final String BUGS = "dev.keyslot.conformance.HistoricBugsTest";

  private static Mutation without(String className, String call) {
    return new Mutation(HOST + className, call, null);
  }

  private static Mutation always(String className, String call, int result) {
    return new Mutation(HOST + className, call, result);
  }

  static List<Arguments> bugs() {
    return List.of(
        Arguments.of(
            "the flag is set and nobody initialised the manager",
            "aPlatformHasItsManagerBeforeItSetsTheFlag",
            List.of(without("sdhci.SdhciMsmDriver", "initCustomKeyslots"))),
        Arguments.of(
            "a host is added whose flag promises a manager that is not there",
            "aFlagSetWithoutCryptoInitNeverReachesAnotherThread",
            List.of(always("mmc.MmcHost", "cryptoInvariantHolds", 1))),
        Arguments.of(
            "the owner is freed before the managed release, and nobody looks",
            "anOwnerFreedBeforeTheManagedReleaseIsDetected",
            List.of(without("device.Device", "that"))),
        Arguments.of(
            "slots are not destroyed after a failure",
            "aFailureAfterCryptoInitLeavesNoSlots",
            List.of(without("mmc.MmcHost", "destroy"))),
        Arguments.of(
            "slots are destroyed only while the flag is set",
            "aFailureThatClearsTheFlagDestroysTheSlotsAllTheSame",
            List.of(
                new Mutation(
                    HOST + "mmc.MmcHost", "destroy", null, new Bits("caps2", CRYPTO_FLAG)))),
        Arguments.of(
            "a flush dropped by recovery is reported as done",
            "aFlushDroppedByRecoveryIsNotReportedAsDone",
            List.of(always("mmc.DirectCommands", "lost", 0))),
        Arguments.of(
            "an encrypted request takes the path without queue and leaves in plain",
            "anEncryptedRequestWithoutQueueNeverReachesTheMedium",
            List.of(
                always("mmc.CardSlot", "encryptsCommands", 1),
                always("mmc.SyncBlockDriver", "encryptsCommands", 1),
                without("sdhci.SdhciHost", "crypto"))),
        Arguments.of(
            "the path without queue is not told slot and number",
            "aPathWithoutQueueEncryptsWhatItIsAskedTo",
            List.of(always("sdhci.SdhciHost", "apply", 1))),
        Arguments.of(
            "keys are not programmed again after a reset",
            "aResetWithoutReprogrammingWouldBeSeen",
            List.of(without("mmc.CardSlot", "reprogramAll"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bugs")
  void isCaught(String what, String guard, List<Mutation> mutations)
      throws ReflectiveOperationException {
    assertThat(new MutantLoader(List.of()).run(BUGS, guard)).as("as it is").isNull();
    MutantLoader mutant = new MutantLoader(mutations);
    assertThat(mutant.run(BUGS, guard)).as("%s", what).isNotNull();
    assertThat(mutant.complete()).as("every part of the bug was put back").isTrue();
  }
}

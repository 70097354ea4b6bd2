package dev.keyslot.host.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.nbd.NbdError;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OutcomeTest {

  @ParameterizedTest
  @EnumSource(BlockStatus.class)
  void everyStatusHasAnErrorAndOnlySuccessIsOk(BlockStatus status) {
    assertThat(Outcome.of(status) == NbdError.OK).isEqualTo(status.ok());
  }
}

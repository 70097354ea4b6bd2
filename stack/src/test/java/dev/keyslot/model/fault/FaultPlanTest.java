package dev.keyslot.model.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When rules strike, and what a wrong line says. */
class FaultPlanTest {

  private final List<String> log = new ArrayList<>();

  private String tenOpportunities(String rule) {
    FaultPlan plan = FaultPlan.parse(rule, 1, log::add);
    StringBuilder strikes = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      strikes.append(plan.strikes(FaultPoint.COMMAND_CRC, 47) ? 'x' : '.');
    }
    return strikes.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "command-crc always, xxxxxxxxxx",
    "command-crc nth 3, ..x.......",
    "command-crc every 4, ...x...x..",
    "command-crc after 7, .......xxx",
    "command-crc first 2, xx........",
    "command-crc index 47 nth 1, x.........",
    "command-crc index 46 always, ..........",
    "command-silent always, ..........",
    "command-crc probability 1, xxxxxxxxxx",
    "command-crc probability 0, ..........",
    "command-crc, xxxxxxxxxx",
    "command-crc@nth=3, ..x.......",
    "command-crc@after=4@every=3, ......x..x",
    "COMMAND-CRC index = 47 first = 2, xx........",
  })
  void strikesWhenItsRuleSays(String rule, String expected) {
    assertThat(tenOpportunities(rule)).isEqualTo(expected);
  }

  @Test
  void strikesAlikeForTheSameSeed() {
    String first = tenOpportunities("command-crc probability 0.5");
    assertThat(tenOpportunities("command-crc probability 0.5")).isEqualTo(first).contains("x");
  }

  @Test
  void writesALineAtEachStrike() {
    tenOpportunities("command-crc nth 3 # the third");
    assertThat(log)
        .containsExactly(
            "fault 1: command-crc at index 47, opportunity 3, by rule: command-crc nth 3");
  }

  @Test
  void takesRulesOnLinesAndBetweenCommas() {
    FaultPlan plan = FaultPlan.parse("read-crc nth 1, write-crc\n\n,#,\nflush-fails", 1, log::add);
    assertThat(plan.strikes(FaultPoint.READ_CRC)).isTrue();
    assertThat(plan.strikes(FaultPoint.READ_CRC)).isFalse();
    assertThat(plan.strikes(FaultPoint.WRITE_CRC)).isTrue();
    assertThat(plan.strikes(FaultPoint.FLUSH_FAILS)).isTrue();
    assertThat(plan.strikes(FaultPoint.FLUSH_LIES)).isFalse();
    assertThat(plan.strikesByPoint())
        .isEqualTo(
            Map.of(FaultPoint.READ_CRC, 1L, FaultPoint.WRITE_CRC, 1L, FaultPoint.FLUSH_FAILS, 1L));
  }

  @Test
  void whileHeldOnlyRulesForTheBootStrikeOrCount() {
    FaultPlan plan = FaultPlan.parse("read-crc nth 1, write-crc boot nth 2", 1, log::add);
    plan.hold();
    assertThat(plan.strikes(FaultPoint.READ_CRC)).isFalse();
    assertThat(plan.strikes(FaultPoint.WRITE_CRC)).isFalse();
    assertThat(plan.strikes(FaultPoint.WRITE_CRC)).isTrue();
    plan.arm();
    assertThat(plan.strikes(FaultPoint.READ_CRC)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "nonsense always, a fault must be one of the catalogue: line=1 column=1 word=nonsense",
    "command-crc sometimes, 'a rule must be POINT [index N] [after N] [boot]"
        + " [always|nth N|every N|first N|probability P]: line=1 column=13 word=sometimes'",
    "command-crc nth, a number must follow: line=1 column=13 word=nth",
    "command-crc nth 0, nth must be at least 1: line=1 column=17 word=0",
    "command-crc nth x, nth must be followed by a whole number: line=1 column=17 word=x",
    "command-crc@probability=2, 'probability must be in [0, 1]: line=1 column=25 word=2'",
    "command-crc probability NaN, 'probability must be in [0, 1]: line=1 column=25 word=NaN'",
    "command-crc index -3, index must be at least 0: line=1 column=19 word=-3",
    "'read-crc,write-crc always nth 3', 'a rule has one of always, nth, every, first,"
        + " probability: line=1 column=27 word=nth'",
    "@=, 'a rule must be POINT [index N] [after N] [boot] [always|nth N|every N|first N|"
        + "probability P]: line=1 column=1 word=@='",
  })
  void refusesAWrongWordByItsPlace(String plan, String message) {
    assertThatThrownBy(() -> FaultPlan.parse(plan, 0, log::add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void countsLinesOfAFile() {
    assertThatThrownBy(() -> FaultPlan.parse("read-crc\n# two\n  write-crc often", 0, log::add))
        .hasMessageEndingWith("line=3 column=13 word=often");
  }
}

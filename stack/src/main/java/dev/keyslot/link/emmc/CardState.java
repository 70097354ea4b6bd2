package dev.keyslot.link.emmc;

/** Card states as R1 bits 12:9 carry them; the last three never appear in a response. */
public enum CardState {
  IDLE(0),
  READY(1),
  IDENTIFICATION(2),
  STANDBY(3),
  TRANSFER(4),
  SENDING_DATA(5),
  RECEIVING_DATA(6),
  PROGRAMMING(7),
  DISCONNECT(8),
  BUS_TEST(9),
  SLEEP(10),
  PRE_IDLE(-1),
  INACTIVE(-1),
  OFF(-1);

  private final int code;

  CardState(int code) {
    this.code = code;
  }

  /** In R1; -1 if the card does not answer in this state. */
  public int code() {
    return code;
  }
}

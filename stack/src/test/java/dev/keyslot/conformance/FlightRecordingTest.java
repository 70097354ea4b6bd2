package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.RamExport;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The JDK's own reader finds each request in a recording, and its way in and out of a room. */
@Timeout(120)
class FlightRecordingTest {

  @TempDir private Path directory;

  @Test
  void holdsEachRequestAndItsRooms() throws Exception {
    Path file = directory.resolve("keyslot.jfr");
    try (Recording recording = new Recording();
        NbdFixture fixture = NbdFixture.serving(new RamExport("ram", 1 << 20));
        NbdTestClient client = fixture.greeted()) {
      recording.enable("dev.keyslot.Request").withoutThreshold();
      recording.enable("dev.keyslot.Room").withoutThreshold();
      recording.start();
      client.send("49484156454f5054 00000001 00000003 72616d").receive(10);
      client
          .send("25609513 0000 0001 00000000000000c1 0000000000001000 00000002 abcd")
          .expect("67446698 00000000 00000000000000c1")
          .send("25609513 0000 0000 00000000000000c2 0000000000100000 00000001")
          .expect("67446698 00000016 00000000000000c2")
          .send("25609513 0000 0002 00000000000000c3 0000000000000000 00000000")
          .expectEnd();
      fixture.awaitNoConnections();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);
    assertThat(events.stream().filter(e -> is(e, "dev.keyslot.Request")).map(this::request))
        .containsExactlyInAnyOrder("WRITE c1 4096 2 OK", " c2 1048576 1 EINVAL");
    assertThat(
            events.stream()
                .filter(e -> is(e, "dev.keyslot.Room"))
                .map(e -> e.getString("room") + " " + e.getBoolean("enters")))
        .contains("NBD true", "NBD false");
  }

  private static boolean is(RecordedEvent event, String name) {
    return event.getEventType().getName().equals(name);
  }

  private String request(RecordedEvent event) {
    assertThat(event.getDuration("took").toNanos()).isPositive();
    return "%s %x %d %d %s"
        .formatted(
            event.getString("command"),
            event.getLong("cookie"),
            event.getLong("offsetBytes"),
            event.getLong("lengthBytes"),
            event.getString("error"));
  }
}

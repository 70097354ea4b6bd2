package dev.keyslot.app.cli;

import dev.keyslot.host.device.LifecycleStep;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** {@code keyslot trace}: the life of a host in one page, from the list that the recorder knows. */
final class TraceCommand implements Command {

  /** What begins with a step. */
  private static final Map<LifecycleStep, String> HEADINGS =
      Map.of(
          LifecycleStep.PROBE_ENTER, "Probe, in this order:",
          LifecycleStep.PROBE_FAILED, "If something is missing, in place of the last:",
          LifecycleStep.RECOVERY_STARTED, "While it serves, whenever it is needed:",
          LifecycleStep.REMOVE_ENTER, "The end, in this order:");

  TraceCommand() {}

  @Override
  public String name() {
    return "trace";
  }

  @Override
  public List<String> description() {
    return List.of("Explain what keyslot serve --trace lifecycle prints.");
  }

  @Override
  public void declare(Syntax syntax) {
    // the page is always the same
  }

  @Override
  public void run(Words words, PrintWriter out) {
    out.println("The life of a host, from keyslot serve --trace lifecycle. Each line there has");
    out.println("microseconds since the start, the step, the device and the thread that took it.");
    int depth = 0;
    for (LifecycleStep step : LifecycleStep.values()) {
      String heading = HEADINGS.get(step);
      if (heading != null) {
        out.println();
        out.println(heading);
        depth = 0;
      }
      if (step.label().startsWith("}") && depth > 0) {
        depth--;
      }
      out.printf("  %-38s %s%n", "  ".repeat(depth) + step.label(), step.meaning());
      if (step.label().endsWith("{")) {
        depth++;
      }
    }
    out.println();
    out.println("What always holds:");
    out.println("  manager initialised, then capabilities, then flag final, then host added, then");
    out.println(
        "  keyslots registered, then I/O; host removed, then manager destroyed, then freed;");
    out.println("  flag set means manager initialised, whenever another thread can look.");
    out.println();
    out.println(
        "sdhci-msm and inline-keys initialise the manager themselves, before cqhci init, as");
    out.println("Linux has it for platforms that program keys in a way of their own.");
    out.flush();
  }
}

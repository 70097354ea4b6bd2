package dev.keyslot.app.cli;

import dev.keyslot.host.device.LifecycleStep;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code keyslot trace}: the life of a host in one page, from the list that the recorder knows. */
@Command(
    name = "trace",
    description = {"Explain what keyslot serve --trace lifecycle prints.", ""})
final class TraceCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  TraceCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = command.commandLine().getOut();
    out.println("The life of a host, in the order of a life without accidents.");
    out.println("keyslot serve --trace lifecycle prints each step with its time and thread.");
    out.println();
    int depth = 0;
    for (LifecycleStep step : LifecycleStep.values()) {
      if (step.label().startsWith("}") && step != LifecycleStep.PROBE_FAILED) {
        depth--;
      }
      out.printf("  %-34s %s%n", "  ".repeat(depth) + step.label(), step.meaning());
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
    out.flush();
    return 0;
  }
}

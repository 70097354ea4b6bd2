package dev.keyslot.app.cli;

import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.hosts.RegisterMap;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keyslot registers}: the register map of the hardware model. */
@Command(
    name = "registers",
    sortOptions = false,
    description = {
      "Print the registers of the hardware model: offset, access, reset value, meaning.",
      "",
      "Without --host, every datasheet; with it, what a driver of that host finds.",
      ""
    })
final class RegistersCommand implements Callable<Integer> {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  @Spec private CommandSpec command;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      order = 1,
      description = "Kind of host, as keyslot serve has them.")
  private String host;

  @Option(names = "--json", order = 2, description = "Print JSON.")
  private boolean json;

  RegistersCommand() {}

  @Override
  public Integer call() {
    RegisterMap map = host == null ? RegisterMap.ofAllDatasheets() : RegisterMap.of(kind());
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(JSON.writeValueAsString(tree(map)));
    } else {
      map.blocks().forEach(block -> print(out, block));
    }
    out.flush();
    return 0;
  }

  private static ObjectNode tree(RegisterMap map) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode blocks = root.putArray("blocks");
    for (RegisterMap.Block block : map.blocks()) {
      ObjectNode node = blocks.addObject();
      node.put("name", block.name()).put("base", block.base());
      ArrayNode registers = node.putArray("registers");
      for (RegisterMap.Line line : block.registers()) {
        registers
            .addObject()
            .put("name", line.name())
            .put("offset", line.offset())
            .put("widthBytes", line.widthBytes())
            .put("access", line.access())
            .put("reset", line.reset())
            .put("meaning", line.meaning());
      }
    }
    return root;
  }

  private HostKind kind() {
    try {
      return HostKind.named(host);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static void print(PrintWriter out, RegisterMap.Block block) {
    out.printf("%s at %03Xh%n", block.name(), block.base());
    out.printf("  %-6s %-24s %-18s %-9s %s%n", "offset", "name", "access", "reset", "meaning");
    for (RegisterMap.Line line : block.registers()) {
      String reset = ("%0" + 2 * line.widthBytes() + "X").formatted(line.reset());
      out.printf(
          "  %-6s %-24s %-18s %-9s %s%n",
          "%03X".formatted(line.offset()), line.name(), line.access(), reset, line.meaning());
    }
    out.println();
  }
}

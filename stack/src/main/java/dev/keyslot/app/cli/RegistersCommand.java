package dev.keyslot.app.cli;

import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.hosts.RegisterMap;
import dev.keyslot.app.json.Json;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** {@code keyslot registers}: the register map of the hardware model. */
final class RegistersCommand implements Command {

  private static final String HOST = "host";
  private static final String JSON = "json";

  RegistersCommand() {}

  @Override
  public String name() {
    return "registers";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Print the registers of the hardware model: offset, access, reset value, meaning.",
        "",
        "Without --host, every datasheet; with it, what a driver of that host finds.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax
        .value(HOST, "NAME", "Kind of host, as keyslot serve has them.")
        .flag(JSON, "Print JSON.");
  }

  @Override
  public void run(Words words, PrintWriter out) {
    RegisterMap map =
        words
            .text(HOST)
            .map(name -> RegisterMap.of(UsageException.ifRefused(() -> HostKind.named(name))))
            .orElseGet(RegisterMap::ofAllDatasheets);
    if (words.has(JSON)) {
      out.println(json(map));
    } else {
      map.blocks().forEach(block -> print(out, block));
    }
    out.flush();
  }

  private static String json(RegisterMap map) {
    return new String(Json.written(json -> write(json, map)), StandardCharsets.UTF_8);
  }

  private static void write(JsonGenerator json, RegisterMap map) {
    json.writeStartObject();
    json.writeArrayPropertyStart("blocks");
    for (RegisterMap.Block block : map.blocks()) {
      json.writeStartObject();
      json.writeStringProperty("name", block.name());
      json.writeNumberProperty("base", block.base());
      json.writeArrayPropertyStart("registers");
      block.registers().forEach(line -> write(json, line));
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, RegisterMap.Line line) {
    json.writeStartObject();
    json.writeStringProperty("name", line.name());
    json.writeNumberProperty("offset", line.offset());
    json.writeNumberProperty("widthBytes", line.widthBytes());
    json.writeStringProperty("access", line.access());
    json.writeNumberProperty("reset", line.reset());
    json.writeStringProperty("meaning", line.meaning());
    json.writeEndObject();
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

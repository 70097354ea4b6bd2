package dev.keyslot.app.cli;

import com.google.gson.stream.JsonWriter;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.hosts.RegisterMap;
import dev.keyslot.app.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

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
      out.print(json(map));
    } else {
      map.blocks().forEach(block -> print(out, block));
    }
    out.flush();
  }

  private static String json(RegisterMap map) {
    return new String(Json.written(json -> write(json, map)), StandardCharsets.UTF_8);
  }

  private static void write(JsonWriter json, RegisterMap map) throws IOException {
    json.beginObject();
    json.name("blocks").beginArray();
    for (RegisterMap.Block block : map.blocks()) {
      json.beginObject();
      json.name("name").value(block.name());
      json.name("base").value(block.base());
      json.name("registers").beginArray();
      for (RegisterMap.Line line : block.registers()) {
        write(json, line);
      }
      json.endArray();
      json.endObject();
    }
    json.endArray();
    json.endObject();
  }

  private static void write(JsonWriter json, RegisterMap.Line line) throws IOException {
    json.beginObject();
    json.name("name").value(line.name());
    json.name("offset").value(line.offset());
    json.name("widthBytes").value(line.widthBytes());
    json.name("access").value(line.access());
    json.name("reset").value(line.reset());
    json.name("meaning").value(line.meaning());
    json.endObject();
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

package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.ExportRequest.Kind;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The door of an export: every check of a request's numbers, made once; behind it they are trusted.
 */
final class RequestRules {

  private final Session session;
  private final Export export;
  private final long sizeBytes;
  private final long minimumBlockBytes;
  private final BooleanSupplier shuttingDown;

  /** Flags that may be set; a command that is not offered has no entry. */
  private final Map<NbdCommand, Integer> flagsAllowed = new EnumMap<>(NbdCommand.class);

  RequestRules(Session session, BooleanSupplier shuttingDown) {
    this.session = session;
    this.shuttingDown = shuttingDown;
    export = session.export();
    sizeBytes = export.sizeBytes();
    minimumBlockBytes = export.minimumBlockBytes();
    for (NbdCommand command : NbdCommand.values()) {
      if (offers(command)) {
        flagsAllowed.put(command, allowedFlags(command));
      }
    }
  }

  /** Judges everything but the payload of BLOCK_STATUS. */
  Verdict judge(RequestHeader header) {
    NbdCommand command = NbdCommand.of(header.type());
    if (command == NbdCommand.DISC) {
      return command;
    }
    if (shuttingDown.getAsBoolean()) {
      return Refusal.SHUTTING_DOWN;
    }
    Integer allowed = command == null ? null : flagsAllowed.get(command);
    if (allowed == null) {
      return Refusal.UNKNOWN_COMMAND;
    }
    if ((header.flags() | allowed) != allowed) {
      return Refusal.UNKNOWN_FLAG;
    }
    if (command.changes() && export.readOnly()) {
      return Refusal.READ_ONLY;
    }
    return switch (command) {
      case READ, WRITE, TRIM, WRITE_ZEROES, CACHE, DISC -> range(header, command);
      case FLUSH ->
          header.offsetBytes() == 0 && header.lengthBytes() == 0
              ? command
              : Refusal.FLUSH_WITH_RANGE;
      case BLOCK_STATUS -> status(header);
    };
  }

  /** Judges BLOCK_STATUS again, with the payload that came with it. */
  Verdict judge(RequestHeader header, StatusPayload payload) {
    if (payload.contexts() == null) {
      return Refusal.STATUS_PAYLOAD;
    }
    return payload.lengthBytes() == 0
        ? Refusal.STATUS_OF_NOTHING
        : range(NbdCommand.BLOCK_STATUS, header.offsetBytes(), payload.lengthBytes());
  }

  private Verdict range(NbdCommand command, long offset, long length) {
    if (offset < 0 || offset > sizeBytes || length < 0 || length > sizeBytes - offset) {
      return command.changes() ? Refusal.WRITE_PAST_END : Refusal.READ_PAST_END;
    }
    if (minimumBlockBytes > 1
        && (offset % minimumBlockBytes != 0 || length % minimumBlockBytes != 0)) {
      return Refusal.UNALIGNED;
    }
    return command;
  }

  private Verdict range(RequestHeader header, NbdCommand command) {
    boolean data = command == NbdCommand.READ || command == NbdCommand.WRITE;
    if (data && Long.compareUnsigned(header.lengthBytes(), NbdLimits.PAYLOAD_BYTES_MAX) > 0) {
      return Refusal.TOO_LARGE;
    }
    return range(command, header.offsetBytes(), header.lengthBytes());
  }

  private Verdict status(RequestHeader header) {
    if (session.contexts().isEmpty()) {
      return Refusal.NO_META_CONTEXT;
    }
    if (header.has(CommandFlag.PAYLOAD_LEN)) {
      return StatusPayload.fits(header.lengthBytes())
          ? NbdCommand.BLOCK_STATUS
          : Refusal.STATUS_PAYLOAD;
    }
    if (header.lengthBytes() == 0) {
      return Refusal.STATUS_OF_NOTHING;
    }
    return range(header, NbdCommand.BLOCK_STATUS);
  }

  private boolean offers(NbdCommand command) {
    return switch (command) {
      case READ, DISC -> true;
      case WRITE -> export.readOnly() || export.supports(Kind.WRITE);
      case TRIM, WRITE_ZEROES -> export.readOnly() || export.supports(command.kind());
      case FLUSH, CACHE -> export.supports(command.kind());
      case BLOCK_STATUS ->
          export.supports(Kind.BLOCK_STATUS) && session.style() != ReplyStyle.SIMPLE;
    };
  }

  private int allowedFlags(NbdCommand command) {
    int flags = export.supports(Kind.FLUSH) ? CommandFlag.FUA.mask() : 0;
    boolean extended = session.style() == ReplyStyle.EXTENDED;
    return switch (command) {
      case READ -> session.style() == ReplyStyle.SIMPLE ? flags : flags | CommandFlag.DF.mask();
      case WRITE -> extended ? flags | CommandFlag.PAYLOAD_LEN.mask() : flags;
      case WRITE_ZEROES -> {
        flags |= CommandFlag.NO_HOLE.mask();
        yield export.fastZero() ? flags | CommandFlag.FAST_ZERO.mask() : flags;
      }
      case BLOCK_STATUS -> {
        flags |= CommandFlag.REQ_ONE.mask();
        yield extended ? flags | CommandFlag.PAYLOAD_LEN.mask() : flags;
      }
      case TRIM, CACHE, FLUSH, DISC -> flags;
    };
  }
}

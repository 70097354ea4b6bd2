package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * The fixed newstyle handshake of one connection: from the greeting to a {@link Session}, or to its
 * end.
 *
 * <p>One thread. NBD proto.md, "Fixed newstyle negotiation" and "Option types".
 */
final class Handshake {

  private static final int OPTION_HEAD_BYTES = 16;

  private final Exports exports;
  private final Inbox inbox;
  private final BooleanSupplier shuttingDown;
  private final TlsPolicy tls;

  /** Another one once TLS is agreed on. */
  private Transport transport;

  private OptionReplies replies;

  /** STARTTLS was acknowledged. */
  private boolean startTls;

  private boolean fixedNewstyle;
  private boolean noZeroes;
  private ReplyStyle style = ReplyStyle.SIMPLE;

  /** What the contexts were selected for; null before. */
  private Export contextsOf;

  private Set<MetaContext> contexts = EnumSet.noneOf(MetaContext.class);

  /** The export whose share of connections this one counts against; null if none. */
  private Export entered;

  private Session session;
  private String ended;

  Handshake(
      Exports exports,
      Inbox inbox,
      Transport transport,
      TlsPolicy tls,
      BooleanSupplier shuttingDown) {
    this.exports = exports;
    this.inbox = inbox;
    this.transport = transport;
    this.tls = tls;
    this.shuttingDown = shuttingDown;
    replies = new OptionReplies(transport);
  }

  /** Talks until there is a session, or null: {@link #ended} says why. */
  Session negotiate() throws IOException {
    greet();
    for (int i = 0; session == null && ended == null; i++) {
      if (i == NbdLimits.OPTIONS_MAX) {
        ended = "options in one handshake must be at most " + NbdLimits.OPTIONS_MAX;
      } else {
        option();
      }
    }
    return session;
  }

  /** What {@link Exports#leave} must be told when the connection ends; null if nothing. */
  Export entered() {
    return entered;
  }

  /** Why there is no session; null if there is one. */
  String ended() {
    return ended;
  }

  /** The way to the client that holds now: encrypted if that was agreed on. */
  Transport transport() {
    return transport;
  }

  private void greet() throws IOException {
    int flags = Wire.NO_ZEROES.set32(Wire.FIXED_NEWSTYLE.set32(0));
    replies
        .raw(2 * Long.BYTES + Short.BYTES)
        .putLong(Wire.SERVER_MAGIC)
        .putLong(Wire.OPTION_MAGIC)
        .putShort((short) flags);
    replies.send();
    if (!inbox.require(Integer.BYTES)) {
      ended = "closed by peer before its flags";
      return;
    }
    int clientFlags = inbox.getInt(0);
    inbox.skip(Integer.BYTES);
    fixedNewstyle = Wire.FIXED_NEWSTYLE.isSet(clientFlags);
    noZeroes = Wire.NO_ZEROES.isSet(clientFlags);
    if ((clientFlags | flags) != flags) {
      ended = "client flags must be among those offered: flags=0x%08x".formatted(clientFlags);
    }
  }

  private void option() throws IOException {
    if (!inbox.require(OPTION_HEAD_BYTES)) {
      ended = "closed by peer in handshake";
      return;
    }
    long magic = inbox.getLong(0);
    int number = inbox.getInt(8);
    long length = Integer.toUnsignedLong(inbox.getInt(12));
    inbox.skip(OPTION_HEAD_BYTES);
    if (magic != Wire.OPTION_MAGIC) {
      ended = "bad option magic 0x%016x".formatted(magic);
    } else if (length > NbdLimits.OPTION_DRAIN_BYTES_MAX) {
      ended =
          "option data must be at most %d bytes: length=%d"
              .formatted(NbdLimits.OPTION_DRAIN_BYTES_MAX, length);
    } else if (length > NbdLimits.OPTION_DATA_BYTES_MAX) {
      tooBig(number, length);
    } else if (!inbox.require((int) length)) {
      ended = "closed by peer inside an option";
    } else {
      option(number, new OptionData(inbox.take((int) length)));
    }
  }

  private void tooBig(int number, long length) throws IOException {
    if (!inbox.drain(length)) {
      ended = "closed by peer inside an option";
    } else if (number == NbdOption.EXPORT_NAME.wireValue()) {
      ended = "export name must be at most %d bytes".formatted(NbdLimits.STRING_BYTES_MAX);
    } else {
      replies.add(number, OptionReply.ERR_TOO_BIG, "option data is too long");
      replies.send();
    }
  }

  private void option(int number, OptionData data) throws IOException {
    NbdOption option = NbdOption.of(number);
    if (option == NbdOption.EXPORT_NAME) {
      exportName(data);
    } else if (!fixedNewstyle) {
      ended = "a client without fixed newstyle may only send EXPORT_NAME: option=" + number;
    } else if (tlsIsMissing() && option != NbdOption.STARTTLS && option != NbdOption.ABORT) {
      replies.add(number, OptionReply.ERR_TLS_REQD, "STARTTLS must come first");
    } else if (option == null) {
      replies.add(number, OptionReply.ERR_UNSUP, "option is not known here");
    } else if (shuttingDown.getAsBoolean() && option != NbdOption.ABORT) {
      replies.add(number, OptionReply.ERR_SHUTDOWN, "server is shutting down");
    } else {
      known(option, number, data);
    }
    replies.send();
    if (startTls) {
      upgrade();
    }
  }

  private boolean tlsIsMissing() {
    return tls.mode() == TlsPolicy.Mode.REQUIRED && !transport.client().encrypted();
  }

  private void startTls() {
    int number = NbdOption.STARTTLS.wireValue();
    if (tls.mode() == TlsPolicy.Mode.OFF) {
      replies.add(number, OptionReply.ERR_POLICY, "TLS is off on this server");
    } else if (transport.client().encrypted()) {
      replies.add(number, OptionReply.ERR_INVALID, "TLS was agreed on before");
    } else {
      startTls = true;
      replies.add(number, OptionReply.ACK);
    }
  }

  /**
   * Begins anew inside TLS: what was negotiated or received in plaintext may be somebody else's.
   */
  private void upgrade() {
    startTls = false;
    try {
      transport = tls.upgrade(transport);
    } catch (IOException e) {
      ended = e.getMessage();
      return;
    }
    inbox.open(transport);
    replies = new OptionReplies(transport);
    style = ReplyStyle.SIMPLE;
    contextsOf = null;
    contexts = EnumSet.noneOf(MetaContext.class);
  }

  private void known(NbdOption option, int number, OptionData data) {
    switch (option) {
      case EXPORT_NAME -> throw new IllegalStateException("handled before");
      case ABORT -> {
        replies.add(number, OptionReply.ACK);
        ended = "aborted by peer";
      }
      case LIST -> list(number, data);
      case INFO, GO -> select(option, data.selection());
      case STARTTLS -> whenEmpty(number, data, this::startTls);
      case STRUCTURED_REPLY -> whenEmpty(number, data, this::structuredReplies);
      case EXTENDED_HEADERS -> whenEmpty(number, data, this::extendedHeaders);
      case LIST_META_CONTEXT, SET_META_CONTEXT -> metaContexts(option, data.contextQuery());
    }
  }

  private void whenEmpty(int number, OptionData data, Runnable then) {
    if (data.isEmpty()) {
      then.run();
    } else {
      replies.add(number, OptionReply.ERR_INVALID, "option takes no data");
    }
  }

  private void exportName(OptionData data) {
    String name = data.name();
    if (tlsIsMissing()) {
      ended = "EXPORT_NAME before STARTTLS";
      return;
    }
    Export export =
        name == null || shuttingDown.getAsBoolean()
            ? null
            : exports.find(name, transport.client()).export();
    if (export == null) {
      ended = "EXPORT_NAME for an export that is not served";
      return;
    }
    if (style == ReplyStyle.EXTENDED) {
      ended = "EXPORT_NAME must not follow EXTENDED_HEADERS";
      return;
    }
    if (!enter(export)) {
      ended = "EXPORT_NAME for an export that has as many connections as it may";
      return;
    }
    replies
        .raw(Long.BYTES + Short.BYTES + Wire.EXPORT_NAME_ZEROES)
        .putLong(export.sizeBytes())
        .putShort((short) TransmissionFlag.of(export, style));
    if (!noZeroes) {
      replies.raw(Wire.EXPORT_NAME_ZEROES).put(new byte[Wire.EXPORT_NAME_ZEROES]);
    }
    open(export);
  }

  private void list(int number, OptionData data) {
    if (!data.isEmpty()) {
      replies.add(number, OptionReply.ERR_INVALID, "option takes no data");
      return;
    }
    for (Export export : exports.all(transport.client())) {
      replies.addServer(number, export.name());
    }
    replies.add(number, OptionReply.ACK);
  }

  private void structuredReplies() {
    int number = NbdOption.STRUCTURED_REPLY.wireValue();
    if (style == ReplyStyle.EXTENDED) {
      replies.add(number, OptionReply.ERR_EXT_HEADER_REQD, "extended headers were agreed before");
    } else {
      style = ReplyStyle.STRUCTURED;
      replies.add(number, OptionReply.ACK);
    }
  }

  private void extendedHeaders() {
    int number = NbdOption.EXTENDED_HEADERS.wireValue();
    if (style == ReplyStyle.EXTENDED) {
      replies.add(number, OptionReply.ERR_INVALID, "extended headers were agreed before");
    } else {
      style = ReplyStyle.EXTENDED;
      replies.add(number, OptionReply.ACK);
    }
  }

  private void select(NbdOption option, OptionData.Selection wanted) {
    int number = option.wireValue();
    if (wanted == null) {
      replies.add(number, OptionReply.ERR_INVALID, "malformed option data");
      return;
    }
    Export export = found(number, wanted.exportName());
    if (export == null) {
      return;
    }
    if (option == NbdOption.GO && !enter(export)) {
      replies.add(number, OptionReply.ERR_POLICY, "export has as many connections as it may");
      return;
    }
    replies
        .addInfo(number, InfoType.EXPORT, Long.BYTES + Short.BYTES)
        .putLong(export.sizeBytes())
        .putShort((short) TransmissionFlag.of(export, style));
    if (wants(wanted, InfoType.NAME)) {
      replies.addInfo(number, InfoType.NAME, export.name());
    }
    if (wants(wanted, InfoType.DESCRIPTION) && !export.description().isEmpty()) {
      replies.addInfo(number, InfoType.DESCRIPTION, export.description());
    }
    // A client that did not ask must still learn that it cannot ask for single bytes.
    if (wants(wanted, InfoType.BLOCK_SIZE) || export.minimumBlockBytes() > 1) {
      replies
          .addInfo(number, InfoType.BLOCK_SIZE, 3 * Integer.BYTES)
          .putInt(export.minimumBlockBytes())
          .putInt(export.preferredBlockBytes())
          .putInt(NbdLimits.PAYLOAD_BYTES_MAX);
    }
    replies.add(number, OptionReply.ACK);
    if (option == NbdOption.GO) {
      open(export);
    }
  }

  /** The export, or null: then the option was refused. */
  private Export found(int number, String name) {
    Exports.Found found = exports.find(name, transport.client());
    if (found.needsTls()) {
      replies.add(number, OptionReply.ERR_TLS_REQD, "export is served inside TLS only");
    } else if (found.export() == null) {
      replies.add(number, OptionReply.ERR_UNKNOWN, "export is not served here");
    }
    return found.export();
  }

  private static boolean wants(OptionData.Selection wanted, InfoType type) {
    return wanted.infoTypes().contains(type.wireValue());
  }

  private void metaContexts(NbdOption option, OptionData.ContextQuery asked) {
    int number = option.wireValue();
    if (option == NbdOption.SET_META_CONTEXT) {
      contextsOf = null;
      contexts = EnumSet.noneOf(MetaContext.class);
    }
    if (style == ReplyStyle.SIMPLE) {
      replies.add(number, OptionReply.ERR_INVALID, "structured replies must be agreed first");
      return;
    }
    if (asked == null) {
      replies.add(number, OptionReply.ERR_INVALID, "malformed option data");
      return;
    }
    Export export = found(number, asked.exportName());
    if (export == null) {
      return;
    }
    boolean select = option == NbdOption.SET_META_CONTEXT;
    Set<MetaContext> found = ContextNames.match(export, asked.queries(), !select);
    for (MetaContext context : found) {
      replies.addContext(number, select ? context.id() : 0, context.wireName());
    }
    replies.add(number, OptionReply.ACK);
    if (select) {
      contextsOf = export;
      contexts = found;
    }
  }

  private boolean enter(Export export) {
    boolean room = exports.enter(export);
    if (room) {
      entered = export;
    }
    return room;
  }

  private void open(Export export) {
    Set<MetaContext> selected = contextsOf == export ? contexts : EnumSet.noneOf(MetaContext.class);
    session = new Session(export, style, selected);
  }
}

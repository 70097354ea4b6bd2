package dev.keyslot.host.nbd;

/**
 * What a server answers to STARTTLS.
 *
 * <p>The place where an upgrade of the transport will come in: after its ACK everything received in
 * plaintext must be dropped and everything negotiated forgotten.
 */
interface TlsPolicy {

  /** The refusal sent to STARTTLS. */
  OptionReply answer();

  /** For people. */
  String why();

  /** TLS is not available. */
  static TlsPolicy off() {
    return new TlsPolicy() {
      @Override
      public OptionReply answer() {
        return OptionReply.ERR_POLICY;
      }

      @Override
      public String why() {
        return "TLS is off on this server";
      }
    };
  }
}

/** Keyslot: inline encryption for block storage, on the JVM. */
module dev.keyslot {
  requires HdrHistogram;
  requires info.picocli;
  requires jdk.httpserver;
  requires jdk.jfr;
  requires jdk.net;
  requires jdk.unsupported;
  requires org.snakeyaml.engine;
  requires static org.bouncycastle.provider;
  requires static org.bouncycastle.tls;
  requires tools.jackson.databind;

  exports dev.keyslot.app.embed;

  opens dev.keyslot.app.cli to
      info.picocli;
}

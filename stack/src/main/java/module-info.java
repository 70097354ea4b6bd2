/** Keyslot: inline encryption for block storage, on the JVM. */
module dev.keyslot {
  requires HdrHistogram;
  requires jdk.httpserver;
  requires jdk.jfr;
  requires jdk.net;
  requires jdk.unsupported;
  requires org.apache.commons.cli;
  requires org.snakeyaml.engine;
  requires static org.bouncycastle.provider;
  requires static org.bouncycastle.tls;
  requires com.google.gson;

  exports dev.keyslot.app.embed;
}

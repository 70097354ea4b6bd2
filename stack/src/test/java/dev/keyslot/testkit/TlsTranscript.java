package dev.keyslot.testkit;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that sends and compares bytes, in plaintext and then inside TLS: Python's sockets and
 * OpenSSL, which share nothing with the code under test.
 *
 * <p>Steps are collected and then played by {@link #play}; the first that does not hold fails the
 * test with both sides in hexadecimal digits.
 */
public final class TlsTranscript {

  private static final String PLAYER =
      """
      import socket, ssl, sys
      s = socket.socket(socket.AF_UNIX)
      s.settimeout(20)
      s.connect(sys.argv[1])
      def receive(n):
          got = b''
          while len(got) < n:
              more = s.recv(n - len(got))
              if not more:
                  sys.exit('ended by server: expected %d bytes, got %s' % (n, got.hex()))
              got += more
          return got
      for step in sys.argv[2:]:
          what, _, rest = step.partition(' ')
          if what == 'send':
              s.sendall(bytes.fromhex(rest))
          elif what == 'expect':
              wanted = bytes.fromhex(rest)
              got = receive(len(wanted))
              if got != wanted:
                  sys.exit('expected %s, got %s' % (wanted.hex(), got.hex()))
          elif what == 'fill':
              byte, count = rest.split()
              s.sendall(bytes.fromhex(byte) * int(count))
          elif what == 'expectfill':
              byte, count = rest.split()
              if receive(int(count)) != bytes.fromhex(byte) * int(count):
                  sys.exit('not %s bytes of %s' % (count, byte))
          elif what == 'tls':
              version, directory, name = rest.split(' ', 2)
              c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
              c.load_verify_locations(directory + '/ca-cert.pem')
              v = getattr(ssl.TLSVersion, version)
              c.minimum_version = c.maximum_version = v
              if name:
                  c.load_cert_chain(directory + '/' + name + '-cert.pem', directory + '/' + name + '-key.pem')
              s = c.wrap_socket(s, server_hostname='localhost')
          elif what == 'end':
              try:
                  got = s.recv(1)
              except (ConnectionResetError, ssl.SSLError):
                  got = b''
              if got:
                  sys.exit('expected the end, got ' + got.hex())
          else:
              sys.exit('unknown step ' + what)
      """;

  private final List<String> words = new ArrayList<>();

  /** A client of the server on {@code socket} that has been greeted and has sent its flags. */
  public TlsTranscript(Path socket) {
    words.addAll(List.of(Tool.PYTHON, "-c", PLAYER, socket.toString()));
    expect("4e42444d41474943 49484156454f5054 0003").send("00000003");
  }

  /** Sends these bytes. */
  public TlsTranscript send(String hex) {
    return step("send " + hex);
  }

  /** The next bytes are these. */
  public TlsTranscript expect(String hex) {
    return step("expect " + hex);
  }

  /** Sends one byte many times. */
  public TlsTranscript fill(String hexByte, int count) {
    return step("fill " + hexByte + " " + count);
  }

  /** The next bytes are one byte many times. */
  public TlsTranscript expectFill(String hexByte, int count) {
    return step("expectfill " + hexByte + " " + count);
  }

  /** TLS 1.3 begins; shows the client's certificate. */
  public TlsTranscript tls(Certificates certificates) {
    return tls("TLSv1_3", certificates, "client");
  }

  /**
   * TLS begins.
   *
   * @param version as Python names it
   * @param name of the certificate to show; empty for none
   */
  public TlsTranscript tls(String version, Certificates certificates, String name) {
    return step("tls " + version + " " + certificates.directory() + " " + name);
  }

  /** The server ends the connection. */
  public TlsTranscript end() {
    return step("end");
  }

  private TlsTranscript step(String step) {
    words.add(step);
    return this;
  }

  /** Plays all steps; how it went. */
  public Tool.Result result() {
    return Tool.run(words.toArray(String[]::new));
  }

  /** Plays all steps, which must hold. */
  public void play() {
    result().ok();
  }
}

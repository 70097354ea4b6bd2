package dev.keyslot.testkit;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Serves memory on a Unix socket until killed: the ceiling for everything behind the server. */
public final class NbdBenchServer {

  private NbdBenchServer() {}

  /** Arguments: socket path, size in MiB. */
  public static void main(String[] arguments) throws IOException {
    Path socket = Path.of(arguments[0]);
    Files.deleteIfExists(socket);
    NbdServer server =
        new NbdServer(
            NbdLimits.standard(),
            new BufferPool(64),
            (name, work) -> new Thread(work, name).start(),
            Clock.system(),
            System.getLogger("nbd"));
    server.add(new RamExport("ram", Long.parseLong(arguments[1]) << 20));
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    server.acceptor(listener).run();
  }
}

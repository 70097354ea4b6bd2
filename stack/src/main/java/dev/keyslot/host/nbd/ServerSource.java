package dev.keyslot.host.nbd;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Gauge;
import dev.keyslot.base.metrics.Metrics;

/** What a server's connections and buffers come to, for the metrics. Safe from any thread. */
final class ServerSource implements Metrics.Source {

  private final NbdServer server;
  private final Chunks chunks;

  ServerSource(NbdServer server, Chunks chunks) {
    this.server = server;
    this.chunks = chunks;
  }

  @Override
  public long count(Counter counter) {
    return counter == Counter.NBD_BUFFER_WAITS ? chunks.waits() : 0;
  }

  @Override
  public long level(Gauge gauge) {
    return switch (gauge) {
      case NBD_CONNECTIONS -> server.connections();
      case NBD_EXPORTS -> server.exports().count();
      case NBD_BUFFER_BYTES -> (long) chunks.count() * BufferPool.CHUNK_BYTES;
      case NBD_BUFFER_USED_BYTES -> (long) chunks.inUse() * BufferPool.CHUNK_BYTES;
      case KEYSLOTS, KEYSLOTS_PROGRAMMED, KEYSLOTS_IN_USE -> 0;
    };
  }
}

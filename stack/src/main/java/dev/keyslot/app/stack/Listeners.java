package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.systemd.ActivationSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The places that a session listens on, by what the configuration calls them.
 *
 * <p>New ones are bound at once, and take clients once {@link #start} or {@link #keep} lets them.
 * One thread.
 */
final class Listeners implements AutoCloseable {

  /** By path or address as it was asked for. */
  private final Map<Object, Listener> byName = new LinkedHashMap<>();

  private final Set<Object> started = new LinkedHashSet<>();

  /** Whose clients come; null before the start. */
  private Server server;

  /** Takes over sockets that were opened for us, if {@code config} lets those be listened on. */
  void inherit(List<ActivationSocket> sockets, ServeConfig config) throws StackException {
    for (ActivationSocket socket : sockets) {
      byName.put(socket, new InheritedListener(socket));
      if (socket.address() instanceof InetSocketAddress address) {
        try {
          config.refuseOpenTo(address);
        } catch (IllegalArgumentException e) {
          throw StackException.fix("%s", e.getMessage());
        }
      }
    }
  }

  /** Binds what {@code config} lists and is not there yet; all of it or nothing. */
  void add(ServeConfig config) throws StackException {
    if (byName.isEmpty() && config.unixSockets().isEmpty() && config.tcp().isEmpty()) {
      throw StackException.fix("several images need a place to listen on");
    }
    try {
      boolean enough = inherits() && config.listensAtDefault();
      for (Path path : config.unixSockets()) {
        if (!enough && !byName.containsKey(path)) {
          byName.put(path, UnixListener.bind(path));
        }
      }
      for (InetSocketAddress address : config.tcp()) {
        if (!byName.containsKey(address)) {
          byName.put(address, TcpListener.bind(address));
        }
      }
    } catch (StackException | RuntimeException e) {
      List.copyOf(byName.keySet()).stream()
          .filter(name -> !started.contains(name))
          .forEach(name -> byName.remove(name).close());
      throw e;
    }
  }

  /** Lets clients of {@code accepting} in. */
  void start(Server accepting) throws StackException {
    server = accepting;
    for (var listener : byName.entrySet()) {
      if (!started.contains(listener.getKey())) {
        accept(listener.getValue());
      }
    }
    for (var listener : byName.entrySet()) {
      if (started.add(listener.getKey())) {
        listener.getValue().publish();
      }
    }
  }

  private void accept(Listener listener) {
    Thread acceptor = new Thread(server.acceptor(listener.channel()), "accept " + listener.place());
    acceptor.setDaemon(true);
    acceptor.start();
  }

  /** Lets clients in at what is new in {@code config}, and closes what it does not list. */
  void keep(ServeConfig config) throws StackException {
    for (Object name : List.copyOf(byName.keySet())) {
      boolean listed =
          name instanceof Path path
              ? config.unixSockets().contains(path)
              : !(name instanceof InetSocketAddress address) || config.tcp().contains(address);
      if (!listed) {
        byName.remove(name).close();
        started.remove(name);
      }
    }
    start(server);
  }

  private boolean inherits() {
    return byName.values().stream().anyMatch(InheritedListener.class::isInstance);
  }

  /** The URI of each export at each place. */
  List<String> uris(List<String> exportNames, boolean tls) {
    return byName.values().stream()
        .flatMap(listener -> exportNames.stream().map(name -> listener.uri(name, tls)))
        .toList();
  }

  @Override
  public void close() {
    byName.values().forEach(Listener::close);
    byName.clear();
    started.clear();
  }
}

package dev.keyslot.app.embed;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The examples of docs/embedding.md, compiled; the document repeats their lines. */
final class EmbeddingExamples {

  private EmbeddingExamples() {}

  static byte[] writeAndRead(Path path, byte[] letter) throws IOException {
    try (EncryptedImage image = EncryptedImage.at(path).createIfMissing(64 << 20).open()) {
      EncryptedVolume volume = image.volume();
      volume.write(4096, ByteBuffer.wrap(letter));
      volume.flush(); // now it survives a crash

      ByteBuffer back = ByteBuffer.allocate(letter.length);
      volume.read(4096, back);
      return back.array();
    }
  }

  static void serve(Path path, Path key, Path socket) throws IOException {
    try (EncryptedImage image = EncryptedImage.at(path).keyFile(key).open()) {
      SocketAddress address = image.serve(UnixDomainSocketAddress.of(socket));
      System.out.println("clients connect to " + address);
      image.volume().zero(0, 1 << 20);
    }
  }
}

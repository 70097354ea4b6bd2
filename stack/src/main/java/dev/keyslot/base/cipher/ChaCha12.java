package dev.keyslot.base.cipher;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * XChaCha with twelve rounds: the stream cipher inside Adiantum.
 *
 * <p>Stateless. Words are little-endian; the stream position is a 64-bit block counter from 0.
 */
final class ChaCha12 {

  private static final int DOUBLE_ROUNDS = 6;
  private static final int BLOCK_BYTES = 64;

  /** "expand 32-byte k". */
  private static final int[] CONSTANTS = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

  private ChaCha12() {}

  /** {@code text} XOR the stream of {@code key} and a 24-byte nonce, in place. */
  static void xor(int[] key, byte[] nonce, byte[] text, int length) {
    ByteBuffer words = ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN);
    int[] state = new int[16];
    fill(state, subkey(key, words));
    state[14] = words.getInt(16);
    state[15] = words.getInt(20);
    int[] working = new int[16];
    ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < length; at += BLOCK_BYTES) {
      System.arraycopy(state, 0, working, 0, 16);
      permute(working);
      for (int i = 0; i < 16; i++) {
        block.putInt(4 * i, working[i] + state[i]);
      }
      for (int i = 0; i < Math.min(BLOCK_BYTES, length - at); i++) {
        text[at + i] ^= block.get(i);
      }
      state[12]++;
      state[13] += state[12] == 0 ? 1 : 0;
    }
  }

  /** HChaCha12: a key from the key and the nonce's first 16 bytes. */
  private static int[] subkey(int[] key, ByteBuffer nonce) {
    int[] state = new int[16];
    fill(state, key);
    for (int i = 0; i < 4; i++) {
      state[12 + i] = nonce.getInt(4 * i);
    }
    permute(state);
    int[] subkey = new int[8];
    System.arraycopy(state, 0, subkey, 0, 4);
    System.arraycopy(state, 12, subkey, 4, 4);
    return subkey;
  }

  private static void fill(int[] state, int[] key) {
    System.arraycopy(CONSTANTS, 0, state, 0, 4);
    System.arraycopy(key, 0, state, 4, 8);
  }

  private static void permute(int[] x) {
    for (int i = 0; i < DOUBLE_ROUNDS; i++) {
      quarter(x, 0, 4, 8, 12);
      quarter(x, 1, 5, 9, 13);
      quarter(x, 2, 6, 10, 14);
      quarter(x, 3, 7, 11, 15);
      quarter(x, 0, 5, 10, 15);
      quarter(x, 1, 6, 11, 12);
      quarter(x, 2, 7, 8, 13);
      quarter(x, 3, 4, 9, 14);
    }
  }

  private static void quarter(int[] x, int a, int b, int c, int d) {
    x[a] += x[b];
    x[d] = Integer.rotateLeft(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = Integer.rotateLeft(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = Integer.rotateLeft(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = Integer.rotateLeft(x[b] ^ x[c], 7);
  }
}

package dev.tmem.cli.torture;

import java.io.IOException;
import java.util.List;

/** Where the nodes are, and what may happen to their links. Confined to the main thread. */
interface Network extends AutoCloseable {

  /** Whether links can be cut and made slow. */
  boolean hasLinks();

  /** The address of a node, 0 upward. */
  String host(int node);

  /** What stands before the command of a node's process. */
  List<String> prefix(int node);

  /** Takes a node away from all others; what is sent is lost, and nobody is told. */
  void cutOff(int node) throws IOException;

  /** Brings it back. */
  void join(int node) throws IOException;

  /** Makes a node's link thin. */
  void slow(int node) throws IOException;

  /** Makes it as it was. */
  void quick(int node) throws IOException;

  /** Takes everything away that was made; may be called twice. */
  @Override
  void close();

  /** All nodes on the loopback: nothing can be done to it. */
  Network LOOPBACK =
      new Network() {
        @Override
        public boolean hasLinks() {
          return false;
        }

        @Override
        public String host(int node) {
          return "127.0.0.1";
        }

        @Override
        public List<String> prefix(int node) {
          return List.of();
        }

        @Override
        public void cutOff(int node) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void join(int node) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void slow(int node) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void quick(int node) {
          throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
          // nothing was made
        }
      };
}

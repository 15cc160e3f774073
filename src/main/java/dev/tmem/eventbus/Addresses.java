package dev.tmem.eventbus;

/** Where a node listens on the event bus. */
public final class Addresses {

  /** Every node's admin commands: publish to reach all, request to reach any. */
  public static final String ALL_ADMIN = "tmem.admin";

  private Addresses() {}

  /** Swap areas of a node. */
  public static String node(String name) {
    return "tmem." + name;
  }

  /** Admin commands of one node. */
  public static String admin(String name) {
    return "tmem." + name + ".admin";
  }

  /** What happens at a node is published here. */
  public static String events(String name) {
    return "tmem." + name + ".events";
  }
}

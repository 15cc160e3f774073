package dev.tmem;

/** What becomes of a page that is not worth keeping compressed. */
public enum Incompressible {
  /** It is kept in RAM as it is. */
  KEEP,
  /** It goes straight to a lower backend; it is kept in RAM, as it is, where none takes it. */
  FORWARD
}

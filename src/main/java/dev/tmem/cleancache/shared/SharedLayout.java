package dev.tmem.cleancache.shared;

import dev.tmem.ramster.FrameSplit;
import dev.tmem.ramster.protocol.WireLayout;

/**
 * The bytes of a frame of shared caches, big-endian: the head of {@link WireLayout}, with types
 * from 64 on, and {@code request} and {@code deadline} zero; behind it the sender's address, then a
 * body. {@code docs/formats/shared.md} describes them for readers without the sources.
 *
 * <pre>
 *  text:      length uint8 | UTF-8
 *  name:      lineage 16 bytes | number int64                          of a view
 *  member:    incarnation 16 bytes | weight int32 | name text | address text
 *  homes:     1024 x index uint8
 *  past:      number int64 | n uint8 | n x incarnation | homes
 *  view:      name | flags uint8 (1 tie break, 2 fresh, 4 whole past)
 *             | n uint8 | n x member | homes | n uint8 | n x past
 *  cache:     uuid 16 bytes | page size int32 | time to live int32
 *  page:      length int32 (-1: absent) | packed page, as dev.tmem.codec has it
 *
 *  HELLO      weight int32 | name text | sequence int64 | node id text
 *             | flags uint8 (1 leaving, 2 stray, 4 has a view) | name | members int32
 *  INSTALL    view
 *  INSTALLED  name
 *  PREPARE    name | ballot int64
 *  PROMISE    name | ballot int64 | accepted ballot int64 | flag uint8 | view if it is 1
 *  ACCEPT     name | ballot int64 | view
 *  ACCEPTED   name | ballot int64
 *  OVERTAKEN  name | ballot int64 | promised int64
 *  RENEW      name | asked int64
 *  GRANTED    name | asked int64
 *  REQUEST    name | number int64 | floor int64 | operation uint8 | cache | object 16 bytes
 *             | token int64 | n int32 | n x index int32 | n int32 | n x page
 *  REPLY      number int64 | outcome uint8 | token int64 | reason length int32, UTF-8
 *             | n int32 | n x page
 * </pre>
 */
final class SharedLayout {

  static final int HELLO = FrameSplit.FIRST_CACHE_TYPE;
  static final int INSTALL = HELLO + 1;
  static final int INSTALLED = INSTALL + 1;
  static final int PREPARE = INSTALLED + 1;
  static final int PROMISE = PREPARE + 1;
  static final int ACCEPT = PROMISE + 1;
  static final int ACCEPTED = ACCEPT + 1;
  static final int OVERTAKEN = ACCEPTED + 1;
  static final int RENEW = OVERTAKEN + 1;
  static final int GRANTED = RENEW + 1;
  static final int REQUEST = GRANTED + 1;
  static final int REPLY = REQUEST + 1;

  static final int FLAG_TIE_BREAK = 1;
  static final int FLAG_FRESH = 2;
  static final int FLAG_WHOLE_PAST = 4;

  static final int FLAG_LEAVING = 1;
  static final int FLAG_STRAY = 2;
  static final int FLAG_HAS_VIEW = 4;

  static final int ABSENT = -1;

  /** A message is closed before its pages pass this, unless one page alone does. */
  static final int PAGE_BYTES_AIM = WireLayout.BODY_BYTES_AIM;

  /** Most entries of one message. */
  static final int ENTRIES_MAX = 4_096;

  /** Most bytes of the reason for which a load failed. */
  static final int REASON_BYTES_MAX = 4_096;

  private SharedLayout() {}
}

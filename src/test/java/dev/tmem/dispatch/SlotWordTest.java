package dev.tmem.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tmem.backend.Codec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every field of the word at its limits, and none in the way of another. */
class SlotWordTest {

  private static final long[] FLAGS = {
    SlotWord.MOVING, SlotWord.EXTRA, SlotWord.SHORT, SlotWord.IDLE, SlotWord.TRIED
  };

  private static void assertFields(
      long word, long epoch, int ordinal, int state, Codec codec, int references, int age) {
    assertEquals(epoch, SlotWord.epoch(word));
    assertEquals(ordinal, SlotWord.ordinal(word));
    assertEquals(state, SlotWord.state(word));
    assertEquals(codec, SlotWord.codec(word));
    assertEquals(references, SlotWord.references(word));
    assertEquals(age, SlotWord.age(word));
  }

  @ParameterizedTest
  @EnumSource(Codec.class)
  void fieldsHoldTheirLimits(Codec codec) {
    for (long epoch : new long[] {0, 1, SlotWord.MAX_EPOCH}) {
      for (int ordinal : new int[] {0, SlotWord.MAX_BACKENDS - 1, SlotWord.NOWHERE}) {
        for (int state = SlotWord.PRESENT; state <= SlotWord.LOST; state++) {
          long word = SlotWord.of(epoch, ordinal, state, codec, false);
          assertFields(word, epoch, ordinal, state, codec, 0, 0);
          word = SlotWord.withReferences(word, SlotWord.MAX_REFERENCES);
          word = SlotWord.withAge(word, SlotWord.MAX_AGE);
          assertFields(
              word, epoch, ordinal, state, codec, SlotWord.MAX_REFERENCES, SlotWord.MAX_AGE);
          for (long flag : FLAGS) {
            assertFalse(SlotWord.has(word, flag));
            assertFields(
                word | flag,
                epoch,
                ordinal,
                state,
                codec,
                SlotWord.MAX_REFERENCES,
                SlotWord.MAX_AGE);
          }
        }
      }
    }
  }

  @Test
  void oneFieldIsChangedAlone() {
    long word = SlotWord.of(77, 5, SlotWord.PRESENT, Codec.RAW, true);
    for (long flag : FLAGS) {
      word |= flag;
    }
    word = SlotWord.withAge(SlotWord.withReferences(word, 2), 9);
    assertFields(SlotWord.withOrdinal(word, 31), 77, 31, SlotWord.PRESENT, Codec.RAW, 2, 9);
    assertFields(SlotWord.withState(word, SlotWord.TAKEN), 77, 5, SlotWord.TAKEN, Codec.RAW, 2, 9);
    assertFields(SlotWord.withCodec(word, Codec.SAME), 77, 5, SlotWord.PRESENT, Codec.SAME, 2, 9);
    assertFields(SlotWord.withAge(word, 0), 77, 5, SlotWord.PRESENT, Codec.RAW, 2, 0);
  }

  @Test
  void anAccessClearsWhatWasUnderWayAndTheIdleMarks() {
    long word = SlotWord.of(77, 5, SlotWord.PRESENT, Codec.LZ4, true);
    for (long flag : FLAGS) {
      word |= flag;
    }
    word = SlotWord.touched(SlotWord.withAge(word, SlotWord.MAX_AGE));
    assertFields(word, 77, 5, SlotWord.PRESENT, Codec.LZ4, 1, 0);
    assertFalse(SlotWord.has(word, SlotWord.MOVING | SlotWord.IDLE));
    for (long flag : new long[] {SlotWord.EXTRA, SlotWord.SHORT, SlotWord.TRIED}) {
      assertTrue(SlotWord.has(word, flag));
    }
    for (int i = 0; i < 5; i++) {
      word = SlotWord.touched(word);
    }
    assertEquals(SlotWord.MAX_REFERENCES, SlotWord.references(word));
  }
}

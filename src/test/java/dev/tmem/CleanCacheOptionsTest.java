package dev.tmem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class CleanCacheOptionsTest {

  @Test
  void jsonThereAndBackIsTheSame() {
    CleanCacheOptions options =
        new CleanCacheOptions()
            .setPageSize(8192)
            .setExclusiveGets(true)
            .setTimeToLiveSeconds(CleanCacheOptions.MAX_TIME_TO_LIVE_SECONDS);
    assertEquals(options, new CleanCacheOptions(options.toJson()));
    assertEquals(options, new CleanCacheOptions(options));
    assertEquals(options.hashCode(), new CleanCacheOptions(options).hashCode());
    assertNotEquals(new CleanCacheOptions(), options);
    assertEquals(new CleanCacheOptions(), new CleanCacheOptions(new JsonObject()));
    assertEquals(
        new CleanCacheOptions().setPageSize(2048),
        new CleanCacheOptions(new JsonObject().put("pageSize", "2k")));
  }

  @Test
  void defaultsAreThoseThatAreDocumented() {
    assertEquals(
        "{\"pageSize\":4096,\"exclusiveGets\":false,\"timeToLiveSeconds\":0}",
        new CleanCacheOptions().toString());
  }

  @Test
  void whatIsWrongIsNamedWithItsLimit() {
    refused("pagesize", 4096, "pageSize");
    refused("pageSize", 5000, "5000");
    refused("pageSize", 512, "1024");
    refused("pageSize", 1L << 40, "65536");
    refused("exclusiveGets", "yes", "true or false");
    refused("timeToLiveSeconds", -1, "0 to");
    refused("timeToLiveSeconds", 1L << 33, "31622400");
    refused("timeToLiveSeconds", "soon", "a whole number");
  }

  private static void refused(String key, Object value, String named) {
    TmemException error =
        assertThrows(
            TmemException.class, () -> new CleanCacheOptions(new JsonObject().put(key, value)));
    assertEquals(ErrorCode.INVALID_OPTION, error.code());
    assertTrue(String.valueOf(error.getMessage()).contains(named), error.toString());
  }
}

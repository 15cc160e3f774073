package dev.tmem.node;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.tmem.ErrorCode;
import dev.tmem.TmemException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a configuration file into JSON. A key that stands twice is refused. */
final class ConfigFile {

  private ConfigFile() {}

  static JsonObject read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (NoSuchFileException absent) {
      throw refuse(file, "no such file", absent);
    } catch (IOException unreadable) {
      throw refuse(file, "cannot be read as UTF-8 text: " + unreadable.getMessage(), unreadable);
    }
    return parse(file, text);
  }

  private static JsonObject parse(Path file, String text) {
    JsonNode value;
    try {
      value = mapper(file).readTree(text);
    } catch (JsonProcessingException malformed) {
      var at = malformed.getLocation();
      String where = at == null ? "" : "line " + at.getLineNr() + ": ";
      throw refuse(file, where + malformed.getOriginalMessage(), malformed);
    }
    if (value.isMissingNode() || value.isNull()) {
      return new JsonObject();
    }
    if (!value.isObject()) {
      throw refuse(file, "holds no keys and values", null);
    }
    return new JsonObject(value.toString());
  }

  private static ObjectMapper mapper(Path file) {
    boolean json = file.toString().toLowerCase(Locale.ROOT).endsWith(".json");
    ObjectMapper mapper = json ? new ObjectMapper() : new YAMLMapper();
    return mapper
        .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  private static TmemException refuse(Path file, String why, @Nullable Throwable cause) {
    return new TmemException(ErrorCode.INVALID_OPTION, file + ": " + why, cause);
  }
}

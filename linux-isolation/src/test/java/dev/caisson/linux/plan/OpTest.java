package dev.caisson.linux.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OpTest {

    private static final Pattern LINE = Pattern.compile("^OP\\((\\d+),\\s*([A-Z0-9_]+),\\s*\"([a-z]*)\"\\)", Pattern.MULTILINE);

    @Test
    void theEnumAndTheFrontsListAreTheSame() throws IOException {
        List<String> front = new ArrayList<>();
        Matcher matcher = LINE.matcher(Files.readString(Path.of("src/main/c/ops.def")));
        while (matcher.find()) {
            front.add(matcher.group(1) + " " + matcher.group(2) + " " + matcher.group(3));
        }
        List<String> engine = Op.all().stream().map(op -> op.code() + " " + op.name() + " " + op.signature()).toList();
        assertEquals(front, engine);
    }
}

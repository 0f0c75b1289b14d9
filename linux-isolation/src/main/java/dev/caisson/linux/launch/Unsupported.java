package dev.caisson.linux.launch;

import dev.caisson.spec.Linux;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.Spec;
import java.util.ArrayList;
import java.util.List;

/** What a configuration asks for and this version can't do. It is refused by name, never left out in silence. */
public final class Unsupported {

    private final List<String> fields = new ArrayList<>();

    private Unsupported() {}

    /** The fields at fault, as paths into config.json; empty when all is supported. */
    public static List<String> fields(Spec spec) {
        Unsupported found = new Unsupported();
        if (spec.linux() != null) {
            found.linux(spec.linux());
        }
        return List.copyOf(found.fields);
    }

    private void linux(Linux linux) {
        add(linux.has(NamespaceType.TIME), "linux.namespaces: time");
        add(!linux.timeOffsets().isEmpty(), "linux.timeOffsets");
    }

    private void add(boolean asked, String field) {
        if (asked) {
            fields.add(field);
        }
    }
}

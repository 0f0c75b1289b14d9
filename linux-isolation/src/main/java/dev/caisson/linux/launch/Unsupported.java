package dev.caisson.linux.launch;

import dev.caisson.spec.Linux;
import dev.caisson.spec.NamespaceType;
import dev.caisson.spec.Process;
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
        if (spec.process() != null) {
            found.process(spec.process(), "process.");
        }
        if (spec.linux() != null) {
            found.linux(spec.linux());
        }
        return List.copyOf(found.fields);
    }

    /** The same for a process that is to join a container. */
    public static List<String> fields(Process process) {
        Unsupported found = new Unsupported();
        found.process(process, "");
        return List.copyOf(found.fields);
    }

    private void process(Process process, String at) {
        add(process.apparmorProfile() != null && !process.apparmorProfile().isEmpty(), at + "apparmorProfile");
        add(process.selinuxLabel() != null && !process.selinuxLabel().isEmpty(), at + "selinuxLabel");
    }

    private void linux(Linux linux) {
        add(linux.has(NamespaceType.TIME), "linux.namespaces: time");
        add(!linux.timeOffsets().isEmpty(), "linux.timeOffsets");
        add(!linux.netDevices().isEmpty(), "linux.netDevices");
        add(linux.intelRdt() != null, "linux.intelRdt");
        add(linux.mountLabel() != null && !linux.mountLabel().isEmpty(), "linux.mountLabel");
    }

    private void add(boolean asked, String field) {
        if (asked) {
            fields.add(field);
        }
    }
}

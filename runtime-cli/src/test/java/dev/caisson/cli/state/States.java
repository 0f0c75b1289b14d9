package dev.caisson.cli.state;

import java.util.LinkedHashMap;
import java.util.Map;

/** States for tests. */
public final class States {

    private States() {}

    /** One that is being created by this process. */
    public static ContainerState creating(String id) {
        Map<String, String> annotations = new LinkedHashMap<>();
        annotations.put("org.example.\"quoted\"", "line\nbreak \\ é 😀");
        annotations.put("b", "");
        return new ContainerState("1.0.2", id, true, ProcessId.of((int) ProcessHandle.current().pid()), ProcessId.NONE, "/bundle",
                "/bundle/rootfs", "2026-01-31T08:05:09.25Z", annotations, "cgroupfs", Map.of(), false, false);
    }

    /** One that is being created by another process. */
    public static ContainerState creatingElsewhere(String id) {
        ContainerState ours = creating(id);
        return new ContainerState(ours.ociVersion(), id, true, ProcessId.of((int) ProcessHandle.current().parent().orElseThrow().pid()),
                ProcessId.NONE, ours.bundle(), ours.rootfs(), ours.created(), ours.annotations(), ours.cgroupManager(), ours.cgroups(),
                false, false);
    }

    /** One that has been created, with this process as its own. */
    public static ContainerState created(String id, ProcessId init) {
        return creating(id).withInit(init).whole();
    }
}

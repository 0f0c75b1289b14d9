package dev.caisson.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.linux.mounts.CgroupHierarchy;
import dev.caisson.linux.mounts.MountOptions;
import dev.caisson.linux.plan.PlanPrinter;
import dev.caisson.spec.Mount;
import dev.caisson.linux.seccomp.SeccompException;
import dev.caisson.linux.seccomp.SeccompFilter;
import dev.caisson.spec.Process;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The printed plans of many configurations, compared with what was read and approved. {@code -Dgolden.update=true} writes
 * them anew: read the difference before you commit it.
 */
class GoldenPlanTest {

    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final HostFacts V1 = new HostFacts(40, false, true, true);
    private static final HostFacts ORDINARY = new HostFacts(40, false, false, true);
    private static final HostFacts V2 = new HostFacts(40, true, true, true);
    private static final CgroupPlace V1_PLACE = new CgroupPlace(
            List.of("/sys/fs/cgroup/cpu,cpuacct/web/tasks", "/sys/fs/cgroup/memory/web/tasks"), null,
            List.of(new CgroupHierarchy("cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/web", List.of("cpu", "cpuacct")),
                    new CgroupHierarchy("memory", "/sys/fs/cgroup/memory/web", List.of())));
    private static final CgroupPlace V2_PLACE = new CgroupPlace(List.of(), "/sys/fs/cgroup/web", List.of());

    @TestFactory
    Stream<DynamicTest> own() throws IOException {
        try (Stream<Path> files = Files.list(GOLDEN)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream().map(file -> {
                String name = file.getFileName().toString().replace(".json", "");
                return DynamicTest.dynamicTest(name, () -> {
                    if (name.startsWith("exec-")) {
                        compare(name, exec(new SpecReader().readProcess(Files.readAllBytes(file)), name));
                    } else {
                        compare(name, create(new SpecReader().read(Files.readAllBytes(file)), name));
                    }
                });
            });
        }
    }

    @TestFactory
    Stream<DynamicTest> clients() throws IOException {
        Path contract = Path.of("../../shared/contract");
        assumeTrue(Files.isDirectory(contract), "the recorded inputs of clients are not beside this checkout");
        try (Stream<Path> files = Files.list(contract)) {
            return files.filter(file -> !file.toString().contains("resources")).sorted().toList().stream().map(file -> {
                String name = "client-" + file.getFileName().toString().replace(".json", "");
                return DynamicTest.dynamicTest(name, () -> {
                    byte[] bytes = Files.readAllBytes(file);
                    compare(name, name.endsWith(".process") ? exec(new SpecReader().readProcess(bytes), name)
                            : create(new SpecReader().read(bytes), name));
                });
            });
        }
    }

    private static String create(Spec spec, String name) throws SeccompException {
        boolean unified = name.contains("v2");
        Map<String, Boolean> sources = new HashMap<>();
        for (Mount mount : spec.mounts()) {
            if (MountOptions.parse(mount.type(), mount.options()).bind()) {
                sources.put(CreateRequest.source("/bundle", mount.source()), mount.destination().startsWith("/etc/"));
            }
        }
        boolean run = name.contains("run-");
        Terminal terminal = !spec.process().terminal() ? Terminal.NONE
                : run ? Terminal.FOREGROUND : new Terminal.Socket("/run/console.sock");
        CreateRequest request = new CreateRequest("web", spec, "/bundle", "/bundle/rootfs", run ? null : "/run/caisson/web/exec.fifo",
                terminal, name.contains("pidfd") ? "/run/pidfd.sock" : null, name.contains("preserve") ? List.of(3, 4) : List.of(),
                name.contains("no-pivot"), true, unified ? V2_PLACE : V1_PLACE, sources,
                !name.contains("users") || name.contains("joined") ? null : name.contains("programs")
                        ? new IdMapWriter.Programs("/usr/bin/newuidmap", "/usr/bin/newgidmap") : new IdMapWriter.Direct(name.contains("own")),
                filter(spec.linux().seccomp()), Map.of());
        CreateLaunch launch = new CreateLaunch(request, name.contains("programs") || name.contains("own") ? ORDINARY : unified ? V2 : V1);
        StringBuilder out = new StringBuilder();
        out.append("1. begin\n").append(PlanPrinter.print(launch.begin()));
        out.append("2. complete\n").append(PlanPrinter.print(launch.complete()));
        if (run) {
            out.append("3. start\n").append(PlanPrinter.print(launch.start(false)));
        }
        return out.toString();
    }

    private static SeccompFilter filter(Seccomp profile) throws SeccompException {
        return profile == null ? null : SeccompFilter.compile(profile);
    }

    private static String exec(Process process, String name) throws SpecException {
        String with = name.contains("tuned") ? ",\"personality\":{\"domain\":\"LINUX32\"},\"memoryPolicy\":{\"mode\":\"MPOL_LOCAL\"}" : "";
        Spec container = new SpecReader().read(("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"rootfs\"},\"linux\":"
                + "{\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}" + (name.contains("users") ? ",{\"type\":\"user\"}" : "") + "]" + with + "}}").getBytes(StandardCharsets.UTF_8));
        Terminal terminal = process.terminal() ? Terminal.FOREGROUND : Terminal.NONE;
        ExecLaunch launch = new ExecLaunch(new ExecRequest("web", process, container.linux(), terminal, null, List.of(), true, V1_PLACE, false, null, null,
                false, Map.of()), V1);
        return "1. begin\n" + PlanPrinter.print(launch.begin()) + "2. await\n" + PlanPrinter.print(launch.await());
    }

    private static void compare(String name, String actual) throws IOException {
        Path file = GOLDEN.resolve(name + ".plan");
        if (Boolean.getBoolean("golden.update")) {
            Files.writeString(file, actual);
        }
        assumeTrue(Files.exists(file), "there is no " + file + " yet");
        assertEquals(Files.readString(file), actual);
    }
}

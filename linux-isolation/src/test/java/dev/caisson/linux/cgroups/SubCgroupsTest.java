package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubCgroupsTest {

    private static final Map<String, String> V1 = new TreeMap<>(Map.of("cpu", "/c/cpu/web", "cpuacct", "/c/cpu/web", "memory", "/c/memory/web"));
    private static final Map<String, String> V2 = Map.of("", "/c/web");

    @ParameterizedTest
    @CsvSource({"sub,sub", "/sub,sub", "sub/,sub", "a//b,a/b", "./a/.,a"})
    void aPathAloneIsForAllControllers(String option, String sub) throws CgroupException {
        assertEquals(Map.of("cpu", "/c/cpu/web/" + sub, "cpuacct", "/c/cpu/web/" + sub, "memory", "/c/memory/web/" + sub),
                SubCgroups.beneath(V1, List.of(option)));
        assertEquals(Map.of("", "/c/web/" + sub), SubCgroups.beneath(V2, List.of(option)));
    }

    @ParameterizedTest
    @CsvSource({"/", "''", "."})
    void theContainersOwnCanBeNamed(String option) throws CgroupException {
        assertEquals(V1, SubCgroups.beneath(V1, List.of(option)));
        assertEquals(V2, SubCgroups.beneath(V2, List.of(option)));
    }

    @Test
    void aControllerHasItsOwnPath() throws CgroupException {
        assertEquals(Map.of("cpu", "/c/cpu/web/a", "cpuacct", "/c/cpu/web/a", "memory", "/c/memory/web/b"),
                SubCgroups.beneath(V1, List.of("cpu,cpuacct:a", "memory:/b")));
        assertEquals(Map.of("cpu", "/c/cpu/web", "cpuacct", "/c/cpu/web", "memory", "/c/memory/web/b"),
                SubCgroups.beneath(V1, List.of("memory:b")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"..|bad sub cgroup path", "a/../..|bad sub cgroup path", "memory:../b|bad sub cgroup path",
        "pids:a|unknown controller \"pids\"", ":a|unknown controller \"\"", "cpu,:a|unknown controller \"\""})
    void whatIsNoCgroupOfTheContainersIsRefused(String option, String problem) {
        String message = assertThrows(CgroupException.class, () -> SubCgroups.beneath(V1, List.of(option))).getMessage();
        assertTrue(message.contains(problem) && message.contains(option), message);
    }

    @Test
    void oneWithoutAControllerStandsAlone() {
        assertThrows(CgroupException.class, () -> SubCgroups.beneath(V1, List.of("cpu:a", "b")));
        assertThrows(CgroupException.class, () -> SubCgroups.beneath(V1, List.of("a", "b")));
        assertTrue(assertThrows(CgroupException.class, () -> SubCgroups.beneath(V1, List.of("cpu:a", "cpu:b"))).getMessage()
                .contains("multiple paths for controller cpu"));
    }

    /** Whatever is asked for: it is refused, or lies beneath the container's. */
    @Test
    void nothingLeadsOut() {
        Random random = new Random(20260104);
        for (int round = 0; round < 20000; round++) {
            StringBuilder option = new StringBuilder();
            for (int i = random.nextInt(10); i > 0; i--) {
                option.append(List.of("..", ".", "/", "a", "cpu", ":", ",", "memory").get(random.nextInt(8)));
            }
            try {
                Map<String, String> joined = SubCgroups.beneath(V1, List.of(option.toString()));
                for (Map.Entry<String, String> each : joined.entrySet()) {
                    String own = V1.get(each.getKey());
                    assertTrue(each.getValue().equals(own) || each.getValue().startsWith(own + "/"), option::toString);
                    assertTrue(!(each.getValue() + "/").contains("/../"), option::toString);
                }
            } catch (CgroupException e) {
                assertTrue(e.getMessage().startsWith("--cgroup "), e.getMessage());
            }
        }
    }
}

package dev.caisson.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResourcesUpdateTest {

    private static Resources read(String json) throws SpecException {
        return new SpecReader().readResources(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static void assertUpdates(String before, String changes, String after) throws SpecException {
        assertEquals(read(after), read(before).updatedBy(read(changes)));
    }

    @Test
    void whatIsAbsentOrZeroStays() throws SpecException {
        String before = """
                {'memory': {'limit': 5, 'swap': 9, 'swappiness': 3}, 'cpu': {'shares': 7, 'quota': -1, 'burst': 4, 'cpus': '0', 'idle': 1},
                 'pids': {'limit': 8}, 'blockIO': {'weight': 100}, 'unified': {'memory.high': '4'}}""";
        assertUpdates(before, "{}", before);
        assertUpdates(before, """
                {'memory': {'limit': 0}, 'cpu': {'shares': 0, 'quota': 0, 'cpus': ''}, 'pids': {}, 'blockIO': {'weight': 0}}""", before);
        assertUpdates("{}", before, before);
    }

    @Test
    void whatIsThereTakesThePlaceOfWhatWas() throws SpecException {
        assertUpdates("{'memory': {'limit': 5, 'swap': 9}, 'cpu': {'burst': 4, 'idle': 1, 'mems': '0'}, 'pids': {'limit': 8}}",
            "{'memory': {'limit': -1}, 'cpu': {'burst': 0, 'idle': 0, 'mems': '1'}, 'pids': {'limit': -1}}",
            "{'memory': {'limit': -1, 'swap': 9}, 'cpu': {'burst': 0, 'idle': 0, 'mems': '1'}, 'pids': {'limit': -1}}");
    }

    @Test
    void listsChangeByWhatTheirEntriesSpeakOf() throws SpecException {
        assertUpdates("""
                {'blockIO': {'throttleReadBpsDevice': [{'major': 8, 'minor': 0, 'rate': 5}, {'major': 8, 'minor': 1, 'rate': 6}],
                             'weightDevice': [{'major': 8, 'minor': 0, 'weight': 50}]},
                 'hugepageLimits': [{'pageSize': '2MB', 'limit': 1}], 'network': {'priorities': [{'name': 'lo', 'priority': 1}]},
                 'rdma': {'mlx5': {'hcaHandles': 1}}}""", """
                {'blockIO': {'throttleReadBpsDevice': [{'major': 8, 'minor': 0, 'rate': 7}],
                             'weightDevice': [{'major': 8, 'minor': 1, 'weight': 60}]},
                 'hugepageLimits': [{'pageSize': '2MB', 'limit': 2}], 'network': {'priorities': [{'name': 'lo', 'priority': 2}]},
                 'rdma': {'mlx5': {'hcaObjects': 2}}}""", """
                {'blockIO': {'throttleReadBpsDevice': [{'major': 8, 'minor': 1, 'rate': 6}, {'major': 8, 'minor': 0, 'rate': 7}],
                             'weightDevice': [{'major': 8, 'minor': 0, 'weight': 50}, {'major': 8, 'minor': 1, 'weight': 60}]},
                 'hugepageLimits': [{'pageSize': '2MB', 'limit': 2}], 'network': {'priorities': [{'name': 'lo', 'priority': 2}]},
                 'rdma': {'mlx5': {'hcaObjects': 2}}}""");
    }

    @Test
    void aRuleForAllDevicesEndsThoseBeforeIt() throws SpecException {
        String one = "{'allow': true, 'type': 'c', 'major': 1, 'minor': 3}";
        String other = "{'allow': true, 'type': 'c', 'major': 1, 'minor': 5}";
        assertUpdates("{'devices': [{'allow': false}, " + one + "]}", "{'devices': [" + other + "]}",
            "{'devices': [{'allow': false}, " + one + ", " + other + "]}");
        assertUpdates("{'devices': [{'allow': false}, " + one + "]}", "{'devices': [{'allow': false, 'type': 'a'}, " + other + "]}",
            "{'devices': [{'allow': false, 'type': 'a'}, " + other + "]}");
    }

    @Test
    void theRestOfTheConfigurationStays() throws SpecException {
        Spec spec = new SpecReader().read("""
            {"ociVersion": "1.2.0", "root": {"path": "rootfs"}, "linux": {"cgroupsPath": "/a"}}""".getBytes(StandardCharsets.UTF_8));
        assertNull(spec.linux().resources());
        Spec updated = spec.with(spec.linux().with(Resources.NONE.updatedBy(read("{'pids': {'limit': 3}}"))));
        assertEquals(3, updated.linux().resources().pids().limit());
        assertEquals(spec, updated.with(updated.linux().with((Resources) null)));
    }
}

package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.linux.cgroups.Statistics.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatisticsTest {

    @TempDir
    Path dir;

    private StatFiles files;

    @BeforeEach
    void setUp() {
        files = new StatFiles(dir.toString());
    }

    private void file(String name, String text) throws IOException {
        Files.writeString(dir.resolve(name), text);
    }

    private Statistics v1() throws CgroupException {
        String path = dir.toString();
        return new V1Statistics(Map.of("cpu", path, "cpuacct", path, "cpuset", path, "memory", path, "pids", path, "blkio", path,
                "hugetlb", path)).read();
    }

    private Statistics v2() throws CgroupException {
        return new V2Statistics(dir.toString()).read();
    }

    @Test
    void readsVersion1() throws IOException {
        file("cpu.stat", "nr_periods 5\nnr_throttled 3\nthrottled_time 700\n");
        file("cpuacct.usage", "12345\n");
        file("cpuacct.stat", "user 3\nsystem 4\n");
        file("cpuacct.usage_percpu", "100 200 \n");
        file("cpuacct.usage_all", "cpu user system\n0 10 20\n1 30 40\n");
        file("cpuset.cpus", "0-2,5\n");
        file("cpuset.mems", "\n");
        file("cpuset.sched_relax_domain_level", "-1\n");
        file("memory.stat", "cache 9\nrss 8\n");
        file("memory.limit_in_bytes", "9223372036854771712\n");
        file("memory.usage_in_bytes", "77\n");
        file("memory.max_usage_in_bytes", "99\n");
        file("memory.failcnt", "2\n");
        file("pids.current", "4\n");
        file("pids.max", "max\n");
        file("blkio.throttle.io_service_bytes", "8:0 Read 4096\n8:0 Write 1\nTotal 4097\n");
        file("hugetlb.2MB.usage_in_bytes", "1\n");
        file("hugetlb.2MB.max_usage_in_bytes", "2\n");
        file("hugetlb.2MB.failcnt", "3\n");
        file("hugetlb.2MB.rsvd.usage_in_bytes", "9\n");
        Statistics read = v1();
        assertEquals(new Statistics.Cpu(12345, 30_000_000, 40_000_000, List.of(100L, 200L), List.of(10L, 30L), List.of(20L, 40L), 5, 3, 700,
                null), read.cpu());
        assertEquals(List.of(0, 1, 2, 5), read.cpuset().cpus());
        assertEquals(List.of(), read.cpuset().mems());
        assertEquals(-1, read.cpuset().schedRelaxDomainLevel());
        assertEquals(9, read.memory().cache());
        assertEquals(new Statistics.Use(9223372036854771712L, 77, 99, 2), read.memory().usage());
        assertEquals(Statistics.Use.NONE, read.memory().swap());
        assertEquals(new Statistics.Pids(4, 0), read.pids());
        assertEquals(List.of(new Entry(8, 0, "Read", 4096), new Entry(8, 0, "Write", 1)), read.blockIo().bytes());
        assertEquals(Map.of("2MB", new Statistics.HugePages(1, 2, 3)), read.hugePages());
    }

    @Test
    void readsVersion2() throws IOException {
        file("cpu.stat", "usage_usec 12\nuser_usec 7\nsystem_usec 5\nnr_periods 4\nnr_throttled 2\nthrottled_usec 9\n");
        file("cpu.pressure", "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
        file("memory.stat", "anon 5\nfile 6\n");
        file("memory.current", "100\n");
        file("memory.max", "1000\n");
        file("memory.peak", "400\n");
        file("memory.events", "low 0\nhigh 0\nmax 8\noom 1\noom_kill 1\n");
        file("memory.swap.current", "10\n");
        file("memory.swap.max", "50\n");
        file("pids.current", "3\n");
        file("pids.max", "30\n");
        file("io.stat", "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n254:1 \n7:0 rbytes=9 cost.usage=3\n");
        file("hugetlb.2MB.current", "4096\n");
        file("hugetlb.2MB.events", "max 2\n");
        Statistics read = v2();
        assertEquals(12_000, read.cpu().total());
        assertEquals(9_000, read.cpu().throttled());
        assertEquals(new Statistics.Stall(1.5, 0.25, 0, 77), read.cpu().pressure().some());
        assertNull(read.memory().pressure());
        assertNull(read.cpuset());
        assertEquals(6, read.memory().cache());
        assertEquals(new Statistics.Use(1000, 100, 400, 8), read.memory().usage());
        assertEquals(new Statistics.Use(1050, 110, 0, 0), read.memory().swap());
        assertEquals(new Statistics.Pids(3, 30), read.pids());
        assertEquals(List.of(new Entry(8, 0, "Read", 1), new Entry(8, 0, "Write", 2), new Entry(8, 0, "Discard", 5),
                new Entry(7, 0, "Read", 9)), read.blockIo().bytes());
        assertEquals(3, read.blockIo().operations().size());
        assertEquals(Map.of("2MB", new Statistics.HugePages(4096, 0, 2)), read.hugePages());
        file("memory.swap.max", "max\n");
        assertEquals(-1, v2().memory().swap().limit());
    }

    @Test
    void whatIsNotThereIsNothing() throws IOException {
        assertEquals(0, v1().cpu().total());
        assertEquals(0, new V1Statistics(Map.of()).read().memory().usage().limit());
        assertEquals(0, v2().memory().usage().usage());
        assertNotNull(new V2Statistics(dir.resolve("gone").toString()).read());
    }

    @Test
    void numbersGoUpToTheLastBit() throws IOException {
        file("n", "18446744073709551615\n");
        assertEquals(-1, files.number("n"));
        file("n", "1x\n");
        CgroupException e = assertThrows(CgroupException.class, () -> files.number("n"));
        assertTrue(e.getMessage().endsWith("n: \"1x\" is no number"), e.getMessage());
    }

    /** Whatever a file holds, it is read or refused in one line. */
    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        List<String> names = List.of("cpu.stat", "cpuacct.usage_percpu", "cpuacct.usage_all", "cpuset.cpus", "memory.stat", "io.stat",
                "blkio.throttle.io_serviced", "cpu.pressure", "pids.max");
        String letters = "0123456789 \n\n:=-,.abmxsometotalavg10";
        Random random = new Random(4);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            file(names.get(round % names.size()), text.toString().replace("-", "1-"));
            try {
                v1();
                v2();
            } catch (CgroupException e) {
                assertTrue(e.getMessage().indexOf('\n') < 0, e.getMessage());
            }
        }
    }
}

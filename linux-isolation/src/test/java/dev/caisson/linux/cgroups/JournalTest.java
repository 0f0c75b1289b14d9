package dev.caisson.linux.cgroups;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JournalTest {

    @Test
    void putsBackTheLatestFirst() throws CgroupException {
        RecordingFiles files = new RecordingFiles().holding("memory.max", "max").holding("pids.max", "7").without("cpu.idle");
        Journal journal = new Journal();
        ControlFiles watched = journal.watch(files);
        watched.write("memory.max", "100", "a");
        watched.write("pids.max", "9", "b");
        watched.writeIfPresent("cpu.idle", "1", "c");
        journal.undo(new CgroupException("no"));
        assertEquals(List.of("memory.max=100", "pids.max=9", "pids.max=7", "memory.max=max"), files.writes);
    }

    @Test
    void goesOnWhenSomethingCannotBePutBack() throws CgroupException {
        RecordingFiles files = new RecordingFiles().holding("memory.max", "max").holding("pids.max", "7");
        Journal journal = new Journal();
        journal.watch(files).write("memory.max", "100", "a");
        journal.watch(files).write("pids.max", "9", "b");
        CgroupException failure = new CgroupException("no");
        files.refusing("pids.max", 22);
        journal.undo(failure);
        assertEquals(1, failure.getSuppressed().length);
        assertEquals("memory.max=max", files.writes.getLast());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "cpu.max                         | 1000 2000      | max 100000                           | max 100000",
        "io.max                          | 8:0 rbps=5     | 8:0 rbps=9 wbps=max riops=max wiops=1 | 8:0 rbps=9 wbps=max riops=max wiops=1",
        "io.max                          | 8:16 rbps=5    | 8:0 rbps=9 wbps=max riops=max wiops=1 | 8:16 rbps=max wbps=max riops=max wiops=max",
        "io.weight                       | 50             | default 100                          | default 100",
        "io.weight                       | 8:0 50         | default 100                          | 8:0 default",
        "blkio.throttle.read_bps_device  | 8:0 1000       | ''                                   | 8:0 0",
        "blkio.throttle.read_bps_device  | 8:0 1000       | 8:0 77                               | 8:0 77",
        "memory.oom_control              | 1              | oom_kill_disable 0                   | 0",
        "rdma.max                        | mlx5 hca_handle=3 | mlx5 hca_handle=max hca_object=4  | mlx5 hca_handle=max hca_object=4",
        "net_prio.ifpriomap              | lo 5           | lo 0                                 | lo 0",
    })
    void knowsWhatAFileHeld(String file, String value, String text, String line) {
        assertEquals(line, Journal.line(file, value, text));
    }

    @Test
    void emptiesACpusetByAnEmptyLine() {
        assertEquals("\n", Journal.line("cpuset.cpus", "0", ""));
    }
}

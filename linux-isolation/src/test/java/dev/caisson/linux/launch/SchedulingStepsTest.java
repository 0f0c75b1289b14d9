package dev.caisson.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.spec.IOPriority;
import dev.caisson.spec.MemoryPolicy;
import dev.caisson.spec.NumberList;
import dev.caisson.spec.Scheduler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names into the kernel's numbers, and fields into the places of its structures. */
class SchedulingStepsTest {

    private static ByteBuffer attributes(Scheduler scheduler) {
        return ByteBuffer.wrap(SchedulingSteps.attributes(scheduler)).order(ByteOrder.nativeOrder());
    }

    @Test
    void schedAttrIsLaidOutAsDrawn() {
        ByteBuffer attributes = attributes(new Scheduler("SCHED_DEADLINE", -7, 3, List.of(), 11, 12, 13));
        assertEquals(56, attributes.capacity());
        assertEquals(56, attributes.getInt(0));
        assertEquals(6, attributes.getInt(4));
        assertEquals(0, attributes.getLong(8));
        assertEquals(-7, attributes.getInt(16));
        assertEquals(3, attributes.getInt(20));
        assertEquals(11, attributes.getLong(24));
        assertEquals(12, attributes.getLong(32));
        assertEquals(13, attributes.getLong(40));
        assertEquals(0, attributes.getLong(48));
    }

    @ParameterizedTest
    @CsvSource({"SCHED_OTHER,0", "SCHED_FIFO,1", "SCHED_RR,2", "SCHED_BATCH,3", "SCHED_ISO,4", "SCHED_IDLE,5", "SCHED_DEADLINE,6"})
    void policiesHaveTheKernelsNumbers(String name, int number) {
        assertEquals(number, attributes(new Scheduler(name, 0, 0, List.of(), 0, 0, 0)).getInt(4));
    }

    @ParameterizedTest
    @CsvSource({"SCHED_FLAG_RESET_ON_FORK,0x01", "SCHED_FLAG_RECLAIM,0x02", "SCHED_FLAG_DL_OVERRUN,0x04", "SCHED_FLAG_KEEP_POLICY,0x08",
        "SCHED_FLAG_KEEP_PARAMS,0x10", "SCHED_FLAG_UTIL_CLAMP_MIN,0x20", "SCHED_FLAG_UTIL_CLAMP_MAX,0x40"})
    void schedulerFlagsHaveTheKernelsBits(String name, String bits) {
        assertEquals(Long.decode(bits), attributes(new Scheduler("SCHED_OTHER", 0, 0, List.of(name), 0, 0, 0)).getLong(8));
    }

    @ParameterizedTest
    @CsvSource({"IOPRIO_CLASS_RT,0,0x2000", "IOPRIO_CLASS_BE,4,0x4004", "IOPRIO_CLASS_IDLE,7,0x6007"})
    void ioPrioritiesAreClassAndLevelInOne(String name, int level, String value) {
        assertEquals(Long.decode(value), SchedulingSteps.ioPriority(new IOPriority(name, level)));
    }

    @ParameterizedTest
    @CsvSource({"MPOL_DEFAULT,0", "MPOL_PREFERRED,1", "MPOL_BIND,2", "MPOL_INTERLEAVE,3", "MPOL_LOCAL,4", "MPOL_PREFERRED_MANY,5",
        "MPOL_WEIGHTED_INTERLEAVE,6"})
    void memoryModesHaveTheKernelsNumbers(String name, int number) {
        assertEquals(number, SchedulingSteps.mode(new MemoryPolicy(name, null, List.of())));
    }

    @ParameterizedTest
    @CsvSource({"MPOL_F_NUMA_BALANCING,0x2000", "MPOL_F_RELATIVE_NODES,0x4000", "MPOL_F_STATIC_NODES,0x8000"})
    void memoryFlagsHaveTheKernelsBits(String name, String bits) {
        assertEquals(Long.decode(bits), SchedulingSteps.mode(new MemoryPolicy("MPOL_DEFAULT", null, List.of(name))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"|0|0", "0|8|1", "0-3,7|8|143", "63|8|-9223372036854775808", "64|16|0"})
    void masksAreWholeLongs(String list, int length, long first) {
        byte[] mask = SchedulingSteps.mask(NumberList.parse(list == null ? "" : list));
        assertEquals(length, mask.length);
        assertEquals(first, length == 0 ? 0 : ByteBuffer.wrap(mask).order(ByteOrder.nativeOrder()).getLong(0));
    }
}

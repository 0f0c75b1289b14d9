package dev.caisson.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What limits come to when some of them are changed: {@link Resources#updatedBy}. */
final class ResourcesUpdate {

    private ResourcesUpdate() {
    }

    static Resources of(Resources before, Resources changes) {
        return new Resources(devices(before.devices(), changes.devices()), memory(before.memory(), changes.memory()),
            cpu(before.cpu(), changes.cpu()), pids(before.pids(), changes.pids()), blockIO(before.blockIO(), changes.blockIO()),
            hugepages(before.hugepageLimits(), changes.hugepageLimits()), network(before.network(), changes.network()),
            entries(before.rdma(), changes.rdma()), entries(before.unified(), changes.unified()));
    }

    /** A rule for all devices makes those before it meaningless: they go, or the list would grow with every update. */
    private static List<Resources.DeviceCgroup> devices(List<Resources.DeviceCgroup> before, List<Resources.DeviceCgroup> changes) {
        List<Resources.DeviceCgroup> all = new ArrayList<>(before);
        for (Resources.DeviceCgroup rule : changes) {
            if (rule.type() == null || rule.type().isEmpty() || rule.type().equals("a")) {
                all.clear();
            }
            all.add(rule);
        }
        return all;
    }

    private static Resources.Memory memory(Resources.Memory before, Resources.Memory changes) {
        if (before == null || changes == null) {
            return changes == null ? before : changes;
        }
        return new Resources.Memory(number(before.limit(), changes.limit()), number(before.reservation(), changes.reservation()),
            number(before.swap(), changes.swap()), number(before.kernel(), changes.kernel()),
            number(before.kernelTCP(), changes.kernelTCP()), value(before.swappiness(), changes.swappiness()),
            value(before.disableOOMKiller(), changes.disableOOMKiller()), value(before.useHierarchy(), changes.useHierarchy()),
            value(before.checkBeforeUpdate(), changes.checkBeforeUpdate()));
    }

    private static Resources.Cpu cpu(Resources.Cpu before, Resources.Cpu changes) {
        if (before == null || changes == null) {
            return changes == null ? before : changes;
        }
        return new Resources.Cpu(number(before.shares(), changes.shares()), number(before.quota(), changes.quota()),
            value(before.burst(), changes.burst()), number(before.period(), changes.period()),
            number(before.realtimeRuntime(), changes.realtimeRuntime()), number(before.realtimePeriod(), changes.realtimePeriod()),
            text(before.cpus(), changes.cpus()), text(before.mems(), changes.mems()), value(before.idle(), changes.idle()));
    }

    private static Resources.Pids pids(Resources.Pids before, Resources.Pids changes) {
        return changes == null || changes.limit() == null ? before : changes;
    }

    private static Resources.BlockIO blockIO(Resources.BlockIO before, Resources.BlockIO changes) {
        if (before == null || changes == null) {
            return changes == null ? before : changes;
        }
        return new Resources.BlockIO(weight(before.weight(), changes.weight()), weight(before.leafWeight(), changes.leafWeight()),
            weights(before.weightDevice(), changes.weightDevice()),
            throttles(before.throttleReadBpsDevice(), changes.throttleReadBpsDevice()),
            throttles(before.throttleWriteBpsDevice(), changes.throttleWriteBpsDevice()),
            throttles(before.throttleReadIOPSDevice(), changes.throttleReadIOPSDevice()),
            throttles(before.throttleWriteIOPSDevice(), changes.throttleWriteIOPSDevice()));
    }

    private static List<Resources.WeightDevice> weights(List<Resources.WeightDevice> before, List<Resources.WeightDevice> changes) {
        List<Resources.WeightDevice> all = new ArrayList<>(before);
        for (Resources.WeightDevice change : changes) {
            all.removeIf(each -> each.major() == change.major() && each.minor() == change.minor());
            all.add(change);
        }
        return all;
    }

    private static List<Resources.ThrottleDevice> throttles(List<Resources.ThrottleDevice> before,
                                                            List<Resources.ThrottleDevice> changes) {
        List<Resources.ThrottleDevice> all = new ArrayList<>(before);
        for (Resources.ThrottleDevice change : changes) {
            all.removeIf(each -> each.major() == change.major() && each.minor() == change.minor());
            all.add(change);
        }
        return all;
    }

    private static List<Resources.HugepageLimit> hugepages(List<Resources.HugepageLimit> before, List<Resources.HugepageLimit> changes) {
        List<Resources.HugepageLimit> all = new ArrayList<>(before);
        for (Resources.HugepageLimit change : changes) {
            all.removeIf(each -> Objects.equals(each.pageSize(), change.pageSize()));
            all.add(change);
        }
        return all;
    }

    private static Resources.Network network(Resources.Network before, Resources.Network changes) {
        if (before == null || changes == null) {
            return changes == null ? before : changes;
        }
        List<Resources.InterfacePriority> all = new ArrayList<>(before.priorities());
        for (Resources.InterfacePriority change : changes.priorities()) {
            all.removeIf(each -> Objects.equals(each.name(), change.name()));
            all.add(change);
        }
        return new Resources.Network(value(before.classID(), changes.classID()), all);
    }

    private static <V> Map<String, V> entries(Map<String, V> before, Map<String, V> changes) {
        Map<String, V> all = new LinkedHashMap<>(before);
        all.putAll(changes);
        return all;
    }

    private static <V> V value(V before, V change) {
        return change == null ? before : change;
    }

    /** Zero stands for "not set". */
    private static Long number(Long before, Long change) {
        return change == null || change == 0 ? before : change;
    }

    /** As above. */
    private static Integer weight(Integer before, Integer change) {
        return change == null || change == 0 ? before : change;
    }

    /** As above, for what is empty. */
    private static String text(String before, String change) {
        return change == null || change.isEmpty() ? before : change;
    }
}

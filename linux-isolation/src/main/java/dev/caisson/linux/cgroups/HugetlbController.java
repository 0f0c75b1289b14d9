package dev.caisson.linux.cgroups;

import dev.caisson.spec.Resources;
import dev.caisson.spec.Resources.HugepageLimit;

/**
 * {@code linux.resources.hugepageLimits} into hugetlb.SIZE.limit_in_bytes (v1) or hugetlb.SIZE.max (v2), and where the kernel has
 * them, into the reservation's files too: a reservation that is let through now would kill the process at its page fault
 * (cgroup-v1/hugetlb.rst).
 */
final class HugetlbController implements Controller {

    private final String suffix;

    private HugetlbController(String suffix) {
        this.suffix = suffix;
    }

    static HugetlbController v1() {
        return new HugetlbController("limit_in_bytes");
    }

    static HugetlbController v2() {
        return new HugetlbController("max");
    }

    @Override
    public String name() {
        return "hugetlb";
    }

    @Override
    public String neededFor(Resources resources) {
        return resources.hugepageLimits().isEmpty() ? null : "linux.resources.hugepageLimits";
    }

    @Override
    public void apply(ControlFiles files, Resources resources) throws CgroupException {
        for (int i = 0; i < resources.hugepageLimits().size(); i++) {
            HugepageLimit limit = resources.hugepageLimits().get(i);
            String field = "linux.resources.hugepageLimits[" + i + "]";
            String size = limit.pageSize();
            if (!size.matches("[0-9]+[KMGTPE]B")) {
                throw new CgroupException(field + ".pageSize: \"" + size + "\" is not a size like 2MB");
            }
            String bytes = Long.toUnsignedString(limit.limit());
            files.write("hugetlb." + size + "." + suffix, bytes, field + ".limit");
            files.writeIfPresent("hugetlb." + size + ".rsvd." + suffix, bytes, field + ".limit");
        }
    }
}

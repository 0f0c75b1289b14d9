package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Cgroups;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Limits whose controllers many machines lack: they hold, or are refused by name. */
@RealContainers
class RareLimitsTest {

    private static boolean hasController(String name) {
        return Cgroups.areV1() ? java.nio.file.Files.isDirectory(Path.of("/sys/fs/cgroup", name))
                : Files.text(Path.of("/sys/fs/cgroup/cgroup.controllers")).matches("(?s).*\\b" + name + "\\b.*");
    }

    private static void refused(Bundle bundle, String field, Sandbox box) {
        Result result = bundle.command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains(field) && result.stderr().lines().count() == 1, result::toString);
        box.assertNothingLeft();
    }

    private static Bundle limitingHugePages(Sandbox box) {
        return box.bundle().set("/linux/resources/hugepageLimits", List.of(Map.of("pageSize", "2MB", "limit", 4194304)));
    }

    private static Bundle limitingRdma(Sandbox box) {
        return box.bundle().set("/linux/resources/rdma", Map.of("mlx5_1", Map.of("hcaHandles", 3, "hcaObjects", 10000)));
    }

    @Test
    void hugePages(Sandbox box) {
        assumeTrue(hasController("hugetlb"), "no cgroup hierarchy for containers has the hugetlb controller");
        String file = Cgroups.areV1() ? "hugetlb/hugetlb.2MB.limit_in_bytes" : "hugetlb.2MB.max";
        assertEquals("4194304", limitingHugePages(box).args("cat", "/sys/fs/cgroup/" + file).run().ok());
    }

    @Test
    void hugePagesWithoutAControllerAreRefused(Sandbox box) {
        assumeTrue(!hasController("hugetlb"), "the hugetlb controller is there");
        refused(limitingHugePages(box), "linux.resources.hugepageLimits", box);
    }

    @Test
    void rdma(Sandbox box) {
        assumeTrue(hasController("rdma") && java.nio.file.Files.exists(Path.of("/sys/class/infiniband/mlx5_1")),
                "the kernel has no rdma controller, or the machine no such device");
        assertTrue(limitingRdma(box).args("cat", "/sys/fs/cgroup/" + (Cgroups.areV1() ? "rdma/rdma.max" : "rdma.max")).run().ok()
                .contains("mlx5_1 hca_handle=3 hca_object=10000"));
    }

    @Test
    void rdmaWithoutAControllerIsRefused(Sandbox box) {
        assumeTrue(!hasController("rdma"), "the rdma controller is there");
        refused(limitingRdma(box), "linux.resources.rdma", box);
    }
}

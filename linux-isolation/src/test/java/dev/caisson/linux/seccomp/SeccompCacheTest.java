package dev.caisson.linux.seccomp;

import static dev.caisson.linux.seccomp.Profiles.arg;
import static dev.caisson.linux.seccomp.Profiles.entry;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import dev.caisson.spec.Seccomp.Operator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SeccompCacheTest {

    @Test
    void sameContentIsCompiledOnce() throws Exception {
        SeccompCache cache = new SeccompCache(4);
        SeccompFilter first = cache.get(Profiles.containerLike());
        assertSame(first, cache.get(Profiles.containerLike()));
    }

    @Test
    void anyDifferenceCounts() throws Exception {
        List<Seccomp> profiles = new ArrayList<>();
        for (String name : List.of("read", "mount")) {
            for (Long errnoRet : new Long[] {null, 1L, 2L}) {
                for (Operator operator : List.of(Operator.SCMP_CMP_EQ, Operator.SCMP_CMP_NE)) {
                    for (int index = 0; index < 2; index++) {
                        profiles.add(Profiles.of(Action.SCMP_ACT_ALLOW, List.of(),
                            entry(Action.SCMP_ACT_ERRNO, errnoRet, List.of(name), arg(index, operator, 1))));
                    }
                }
            }
        }
        profiles.add(Profiles.of(Action.SCMP_ACT_LOG, List.of()));
        profiles.add(Profiles.of(Action.SCMP_ACT_LOG, Profiles.X86));
        profiles.add(new Seccomp(Action.SCMP_ACT_ERRNO, null, List.of(), List.of(), null, null, List.of()));
        profiles.add(new Seccomp(Action.SCMP_ACT_ERRNO, 5L, List.of(), List.of(), null, null, List.of()));
        profiles.add(new Seccomp(Action.SCMP_ACT_ERRNO, 5L, List.of(), List.of("SECCOMP_FILTER_FLAG_LOG"), null, null, List.of()));
        SeccompCache cache = new SeccompCache(profiles.size());
        List<SeccompFilter> filters = new ArrayList<>();
        for (Seccomp profile : profiles) {
            filters.add(cache.get(profile));
        }
        for (int i = 0; i < filters.size(); i++) {
            assertSame(filters.get(i), cache.get(profiles.get(i)));
            for (int j = 0; j < i; j++) {
                assertNotSame(filters.get(i), filters.get(j));
            }
        }
    }

    @Test
    void theOneUsedLongestAgoGoesFirst() throws Exception {
        SeccompCache cache = new SeccompCache(2);
        Seccomp a = Profiles.of(Action.SCMP_ACT_ALLOW, List.of());
        Seccomp b = Profiles.of(Action.SCMP_ACT_LOG, List.of());
        Seccomp c = Profiles.of(Action.SCMP_ACT_TRACE, List.of());
        SeccompFilter filterA = cache.get(a);
        SeccompFilter filterB = cache.get(b);
        assertSame(filterA, cache.get(a));
        cache.get(c);
        assertSame(filterA, cache.get(a));
        assertNotSame(filterB, cache.get(b));
    }

    @Test
    void refusalsAreNotKept() {
        SeccompCache cache = new SeccompCache(2);
        Seccomp refused = Profiles.of(Action.SCMP_ACT_NOTIFY, List.of());
        assertThrows(SeccompException.class, () -> cache.get(refused));
        assertThrows(SeccompException.class, () -> cache.get(refused));
    }
}

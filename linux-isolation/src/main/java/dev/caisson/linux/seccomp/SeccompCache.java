package dev.caisson.linux.seccomp;

import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Arg;
import dev.caisson.spec.Seccomp.Syscall;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The filters of the profiles used last. Most containers of a machine have the same profile, read anew each time: it is the content that
 * counts. Threads may share a cache.
 */
public final class SeccompCache {

    private record Entry(int hash, Seccomp profile, SeccompFilter filter) {}

    private final int capacity;
    /** The one used last comes first. */
    private final Deque<Entry> entries = new ArrayDeque<>();

    /** @param capacity how many filters are kept */
    public SeccompCache(int capacity) {
        this.capacity = capacity;
    }

    /** The filter of a profile for this machine, compiled if need be. */
    public SeccompFilter get(Seccomp profile) throws SeccompException {
        int hash = hash(profile);
        SeccompFilter known = find(hash, profile);
        if (known != null) {
            return known;
        }
        // Not under the lock: that two threads compile the same is rarer than that one would wait.
        SeccompFilter filter = SeccompFilter.compile(profile);
        keep(new Entry(hash, profile, filter));
        return filter;
    }

    private synchronized SeccompFilter find(int hash, Seccomp profile) {
        for (Iterator<Entry> all = entries.iterator(); all.hasNext();) {
            Entry entry = all.next();
            if (entry.hash == hash && same(entry.profile, profile)) {
                all.remove();
                entries.addFirst(entry);
                return entry.filter;
            }
        }
        return null;
    }

    private synchronized void keep(Entry entry) {
        entries.addFirst(entry);
        while (entries.size() > capacity) {
            entries.removeLast();
        }
    }

    // The records' own hashCode and equals are linked by the virtual machine at their first use, which takes a fresh one longer than
    // compiling the profile does.

    private static int hash(Seccomp profile) {
        int hash = profile.defaultAction().ordinal();
        hash = 31 * hash + profile.architectures().hashCode();
        hash = 31 * hash + (profile.flags() == null ? 0 : profile.flags().hashCode());
        for (Syscall entry : profile.syscalls()) {
            hash = 31 * hash + entry.names().hashCode();
            hash = 31 * hash + entry.action().ordinal();
            for (Arg arg : entry.args()) {
                hash = 31 * hash + Long.hashCode(arg.value());
            }
        }
        return hash;
    }

    private static boolean same(Seccomp a, Seccomp b) {
        return a.defaultAction() == b.defaultAction() && same(a.defaultErrnoRet(), b.defaultErrnoRet())
            && a.architectures().equals(b.architectures()) && sameFlags(a.flags(), b.flags()) && sameEntries(a.syscalls(), b.syscalls());
    }

    private static boolean sameFlags(List<String> a, List<String> b) {
        return a == null ? b == null : a.equals(b);
    }

    private static boolean sameEntries(List<Syscall> a, List<Syscall> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            Syscall one = a.get(i);
            Syscall other = b.get(i);
            if (one.action() != other.action() || !same(one.errnoRet(), other.errnoRet()) || !one.names().equals(other.names())
                || !sameArgs(one.args(), other.args())) {
                return false;
            }
        }
        return true;
    }

    private static boolean sameArgs(List<Arg> a, List<Arg> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            Arg one = a.get(i);
            Arg other = b.get(i);
            if (one.index() != other.index() || one.op() != other.op() || one.value() != other.value()
                || one.valueTwo() != other.valueTwo()) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(Long a, Long b) {
        return a == null ? b == null : a.equals(b);
    }
}

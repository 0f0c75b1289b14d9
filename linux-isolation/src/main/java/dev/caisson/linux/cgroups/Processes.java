package dev.caisson.linux.cgroups;

import dev.caisson.linux.sys.Descriptor;
import dev.caisson.linux.sys.Errno;
import dev.caisson.linux.sys.LinuxException;
import dev.caisson.linux.sys.Sys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** The processes of a cgroup and the cgroups below it. */
final class Processes {

    /** Processes whose descriptors are open at one time. */
    private static final int BATCH = 256;
    private static final int ROUNDS = 20;

    private Processes() {}

    /** The processes; none when the cgroup is gone. */
    static int[] of(CgroupDir dir) throws CgroupException {
        IntStream.Builder pids = IntStream.builder();
        collect(dir, pids);
        return pids.build().toArray();
    }

    private static void collect(CgroupDir dir, IntStream.Builder pids) throws CgroupException {
        byte[] text;
        try {
            text = dir.readBytes("cgroup.procs", "list processes");
        } catch (CgroupException e) {
            if (e.errno() != Errno.EOPNOTSUPP) {
                throw e;
            }
            // A threaded cgroup of v2: its processes are listed in the domain above.
            return;
        }
        if (text == null) {
            return;
        }
        int pid = 0;
        for (byte c : text) {
            if (c >= '0' && c <= '9') {
                pid = 10 * pid + c - '0';
            } else {
                // 0 stands for a process that this pid namespace can't see. To kill(2) it would be ourselves.
                if (pid > 0) {
                    pids.add(pid);
                }
                pid = 0;
            }
        }
        for (CgroupDir child : dir.children()) {
            collect(child, pids);
        }
    }

    /** For an error: what is in the cgroup; empty when that can't be told. */
    static String namesOf(CgroupDir dir) {
        try {
            int[] pids = of(dir);
            return pids.length == 0 ? "" : " (processes in it: " + Arrays.toString(pids) + ")";
        } catch (CgroupException e) {
            return "";
        }
    }

    /**
     * Signals all, again and again until there is nobody who was not signalled yet.
     *
     * @return false if there are always new ones
     */
    static boolean signal(CgroupDir dir, int signal) throws CgroupException {
        Set<Integer> signalled = new HashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            int[] fresh = Arrays.stream(of(dir)).filter(pid -> !signalled.contains(pid)).toArray();
            if (fresh.length == 0) {
                return true;
            }
            for (int from = 0; from < fresh.length; from += BATCH) {
                signal(dir, Arrays.copyOfRange(fresh, from, Math.min(from + BATCH, fresh.length)), signal, signalled);
            }
        }
        return false;
    }

    private static void signal(CgroupDir dir, int[] pids, int signal, Set<Integer> signalled) throws CgroupException {
        List<Descriptor> opened = new ArrayList<>();
        try {
            int[] ids = new int[pids.length];
            for (int pid : pids) {
                try {
                    ids[opened.size()] = pid;
                    opened.add(Sys.pidfdOpen(pid));
                } catch (LinuxException e) {
                    if (e.errno() != Errno.ESRCH) {
                        throw new CgroupException(e.getMessage(), e);
                    }
                }
            }
            // A process can have died before it was opened, and its id been given to a stranger: only who is still listed is ours.
            Set<Integer> listed = new HashSet<>();
            Arrays.stream(of(dir)).forEach(listed::add);
            for (int i = 0; i < opened.size(); i++) {
                if (listed.contains(ids[i])) {
                    send(opened.get(i).fd(), ids[i], signal);
                    signalled.add(ids[i]);
                }
            }
        } finally {
            opened.forEach(Descriptor::close);
        }
    }

    private static void send(int pidfd, int pid, int signal) throws CgroupException {
        try {
            Sys.pidfdSendSignal(pidfd, signal, "send signal " + signal + " to process " + pid);
        } catch (LinuxException e) {
            if (e.errno() != Errno.ESRCH) {
                throw new CgroupException(e.getMessage(), e);
            }
        }
    }
}

package dev.caisson.linux.seccomp;

import static dev.caisson.linux.seccomp.Profiles.arg;
import static dev.caisson.linux.seccomp.Profiles.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Action;
import dev.caisson.spec.Seccomp.Operator;
import dev.caisson.spec.Seccomp.Syscall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kernel takes compiled filters, and real calls of a real process are let through, refused and killed by them. */
class FilterInKernelTest {

    /**
     * Loads a filter, makes each call in a child of its own, and says how it ended. A call is {@code number,argument,...}; after an i it
     * is made by int 0x80.
     */
    private static final String PROBE = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <linux/filter.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>

        static long int80(long nr, long a, long b)
        {
            long r = -ENOSYS;
        #ifdef __x86_64__
            __asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(0), "S"(0), "D"(0) : "memory", "r8", "r9", "r10", "r11");
        #endif
            return r;
        }

        int main(int argc, char **argv)
        {
            static struct sock_filter filter[4096];
            int fd = open(argv[1], O_RDONLY);
            long bytes = read(fd, filter, sizeof filter);
            struct sock_fprog program = {(unsigned short)(bytes / 8), filter};
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            setbuf(stdout, NULL);
            for (int i = 3; i < argc || i == 3; i++) {
                pid_t child = fork();
                if (child == 0) {
                    long loaded = syscall(SYS_seccomp, 1, atol(argv[2]), &program);
                    if (loaded < 0)
                        _exit(200);
                    if (i >= argc)
                        _exit(100);
                    char *call = argv[i];
                    int compat = *call == 'i';
                    long a[7] = {0};
                    int n = 0;
                    for (char *word = strtok(call + compat, ","); word && n < 7; word = strtok(NULL, ","))
                        a[n++] = (long)strtoul(word, NULL, 0);
                    long r = compat ? int80(a[0], a[1], a[2]) : syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
                    long error = compat ? (r < 0 ? -r : 0) : (r < 0 ? errno : 0);
                    _exit(r < 0 ? (int)error : 100);
                }
                int status = 0;
                waitpid(child, &status, 0);
                int code = WEXITSTATUS(status);
                if (WIFSIGNALED(status))
                    printf("signal %d\\n", WTERMSIG(status));
                else if (code == 200)
                    printf("not loaded\\n");
                else if (code == 100)
                    printf("done\\n");
                else
                    printf("errno %d\\n", code);
            }
            return 0;
        }
        """;

    @TempDir
    static Path folder;

    @BeforeAll
    static void compileProbe() throws Exception {
        assumeTrue("amd64".equals(System.getProperty("os.arch")), "the calls are numbered as on x86-64");
        Files.writeString(folder.resolve("probe.c"), PROBE);
        Process gcc;
        try {
            gcc = new ProcessBuilder("gcc", "-O1", "-o", "probe", "probe.c").directory(folder.toFile()).inheritIO().start();
        } catch (IOException absent) {
            assumeTrue(false, "gcc is not installed");
            return;
        }
        assertEquals(0, gcc.waitFor());
        assumeTrue(probe(Profiles.of(Action.SCMP_ACT_ALLOW, List.of())).equals(List.of("done")), "the kernel has no seccomp filters");
    }

    @Test
    void containerLikeProfile() throws Exception {
        assertEquals(List.of("done", "errno 1", "errno 38", "errno 38", "errno 1", "done", "errno 1", "done", "errno 22", "errno 1"),
            probe(Profiles.containerLike(),
                // getpid; mount; clone3; a call of the future; unshare
                "39", "165", "435", "700", "272,0",
                // personality(0xffffffff) and (1); a stream socket and a netlink socket for audit; clone with CLONE_NEWUTS
                "135,0xffffffff", "135,1", "41,1,1,0", "41,16,3,9", "56,0x04000011"));
    }

    @Test
    void recordedProfiles() throws Exception {
        for (Map.Entry<String, Seccomp> profile : Profiles.recorded().entrySet()) {
            assertEquals(List.of("done", "errno 1", "errno 38", "done"), probe(profile.getValue(), "39", "175", "700", "135,8"),
                profile.getKey());
        }
    }

    @Test
    void sixtyFourBitsAreCompared() throws Exception {
        Seccomp profile = Profiles.of(Action.SCMP_ACT_ALLOW, List.of(),
            entry(Action.SCMP_ACT_ERRNO, 7L, List.of("getppid"), arg(3, Operator.SCMP_CMP_GT, 0x1_0000_0005L)),
            entry(Action.SCMP_ACT_ERRNO, 8L, List.of("getppid"), arg(3, Operator.SCMP_CMP_EQ, 5)));
        assertEquals(List.of("done", "errno 8", "done", "errno 7", "errno 7", "errno 7"), probe(profile, "110,0,0,0,4",
            "110,0,0,0,5", "110,0,0,0,0x100000005", "110,0,0,0,0x100000006", "110,0,0,0,0x200000000", "110,0,0,0,0xffffffffffffffff"));
    }

    @Test
    void x32() throws Exception {
        Syscall refused = entry(Action.SCMP_ACT_ERRNO, 9L, List.of("getppid"));
        assertEquals(List.of("errno 9"), probe(Profiles.of(Action.SCMP_ACT_ALLOW, Profiles.X86, refused), "0x4000006e"));
        assertEquals(List.of("signal 31"), probe(Profiles.of(Action.SCMP_ACT_ALLOW, List.of(), refused), "0x4000006e"));
    }

    @Test
    void x86() throws Exception {
        assumeTrue(probe(Profiles.of(Action.SCMP_ACT_ALLOW, Profiles.X86), "i20").equals(List.of("done")),
            "the kernel runs no 32-bit programs");
        Syscall refused = entry(Action.SCMP_ACT_ERRNO, 9L, List.of("getppid", "socket"));
        // getppid, getpid, socketcall(1), socketcall(3), socket
        assertEquals(List.of("errno 9", "done", "errno 9", "errno 14", "errno 9"),
            probe(Profiles.of(Action.SCMP_ACT_ALLOW, Profiles.X86, refused), "i64", "i20", "i102,1", "i102,3", "i359"));
        assertEquals(List.of("signal 31", "signal 31"), probe(Profiles.of(Action.SCMP_ACT_ALLOW, List.of(), refused), "i64", "i20"));
    }

    @Test
    void killsAndTraps() throws Exception {
        assertEquals(List.of("signal 31", "signal 31", "signal 31", "done", "errno 38"), probe(Profiles.of(Action.SCMP_ACT_ALLOW, List.of(),
            entry(Action.SCMP_ACT_KILL_PROCESS, null, List.of("getppid")), entry(Action.SCMP_ACT_KILL, null, List.of("getuid")),
            entry(Action.SCMP_ACT_TRAP, null, List.of("getgid")), entry(Action.SCMP_ACT_LOG, null, List.of("getpid")),
            entry(Action.SCMP_ACT_TRACE, null, List.of("geteuid"))), "110", "102", "104", "39", "107"));
    }

    @Test
    void kernelTakesTheFlags() throws Exception {
        Syscall notify = entry(Action.SCMP_ACT_NOTIFY, null, List.of("mount"));
        List<String> plain = List.of("SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW");
        List<String> all = new ArrayList<>(plain);
        all.add("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
        assertEquals(List.of("done"), probe(flagged(all)));
        assertEquals(List.of("done"), probe(flagged(plain, notify)));
        assertEquals(List.of("done"), probe(flagged(all, notify)), "needs Linux 5.19");
    }

    private static Seccomp flagged(List<String> flags, Syscall... entries) {
        return new Seccomp(Action.SCMP_ACT_ALLOW, null, List.of(), flags, null, null, List.of(entries));
    }

    private static List<String> probe(Seccomp profile, String... calls) throws Exception {
        SeccompFilter filter = SeccompFilter.compile(profile);
        Path program = Files.write(folder.resolve("program"), filter.program());
        List<String> command = new ArrayList<>(List.of("./probe", program.toString(), Long.toString(filter.flags())));
        command.addAll(List.of(calls));
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        List<String> lines = new String(process.getInputStream().readAllBytes()).lines().toList();
        process.waitFor(10, TimeUnit.SECONDS);
        return lines;
    }
}

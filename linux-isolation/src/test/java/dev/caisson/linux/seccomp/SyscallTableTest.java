package dev.caisson.linux.seccomp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables agree with this machine's kernel headers and with libseccomp. */
class SyscallTableTest {

    private static final Path HEADERS = Path.of("/usr/include/x86_64-linux-gnu/asm");
    private static final Pattern DEFINE = Pattern.compile("#define __NR_(\\w+) (?:\\(__X32_SYSCALL_BIT \\+ )?(\\d+)");
    private static final Pattern GENERIC = Pattern.compile("#define __NR(3264)?_(\\w+) (\\d+)");

    @Test
    void readsNumbersThatCountOn() {
        SyscallTable table = SyscallTable.of("0 read write\n 7 poll\n\n  9 mmap mprotect\n 9 alias ");
        assertEquals(Map.of("read", 0, "write", 1, "poll", 7, "mmap", 9, "mprotect", 10, "alias", 9), table.numbers());
        assertEquals(-1, table.number("none"));
    }

    @Test
    void headersOfX86() throws Exception {
        headers("unistd_64.h", Abi.X86_64);
        headers("unistd_32.h", Abi.X86);
        headers("unistd_x32.h", Abi.X32);
    }

    private static void headers(String file, Abi abi) throws Exception {
        assumeTrue(Files.exists(HEADERS.resolve(file)), "the kernel's headers for x86 are not installed");
        Map<String, Integer> differing = new TreeMap<>();
        int seen = 0;
        for (String line : Files.readAllLines(HEADERS.resolve(file))) {
            Matcher define = DEFINE.matcher(line);
            if (define.find()) {
                seen++;
                int number = Integer.parseInt(define.group(2));
                if (abi.table().number(define.group(1)) != number) {
                    differing.put(define.group(1), number);
                }
            }
        }
        assertTrue(seen > 300, file);
        assertEquals(Map.of(), differing, file);
    }

    /** The generic numbers are aarch64's. Left out are the names that the preprocessor makes by the size of a word. */
    @Test
    void genericHeader() throws Exception {
        Path file = Path.of("/usr/include/asm-generic/unistd.h");
        assumeTrue(Files.exists(file), "the kernel's headers are not installed");
        Set<String> notOfAarch64 = Set.of("arch_specific_syscall", "syscalls", "sync_file_range2");
        Map<String, Integer> differing = new TreeMap<>();
        int seen = 0;
        for (String line : Files.readAllLines(file)) {
            Matcher define = GENERIC.matcher(line);
            if (define.find() && define.group(1) == null && !notOfAarch64.contains(define.group(2))) {
                int number = Integer.parseInt(define.group(3));
                seen++;
                boolean time64 = number >= 403 && number <= 423;
                if (!time64 && SyscallsAarch64.TABLE.number(define.group(2)) != number) {
                    differing.put(define.group(2), number);
                }
            }
        }
        assertTrue(seen > 250, "only " + seen);
        assertEquals(Map.of(), differing);
    }

    @Test
    void libseccomp() {
        Libseccomp lib = Libseccomp.orNull();
        assumeTrue(lib != null, "libseccomp.so.2 is not installed");
        for (Abi abi : Abi.values()) {
            Map<String, String> differing = new TreeMap<>();
            int same = 0;
            for (Map.Entry<String, Integer> call : abi.table().numbers().entrySet()) {
                int theirs = lib.number(abi, call.getKey());
                // Negative are those that the library doesn't know, and x86's multiplexed ones.
                if (theirs >= 0 && theirs != call.getValue()) {
                    differing.put(call.getKey(), call.getValue() + " " + theirs);
                }
                same += theirs >= 0 ? 1 : 0;
            }
            for (int number = 0; number < 600; number++) {
                String name = lib.name(abi, number);
                if (name != null && abi.table().number(name) != number) {
                    differing.put(name, "theirs " + number);
                }
            }
            assertEquals(Map.of(), differing, abi.name());
            assertTrue(same > 290, abi + ": only " + same);
        }
    }

    @Test
    void newestCallsHaveOneNumberEverywhere() {
        for (String name : List.of("fchmodat2", "mseal", "listxattrat", "rseq_slice_yield")) {
            int number = SyscallsX8664.TABLE.number(name);
            assertTrue(number > 450);
            for (Abi abi : Abi.values()) {
                assertEquals(number, abi.table().number(name), abi + " " + name);
            }
        }
    }
}

package dev.caisson.linux.seccomp;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.caisson.spec.Seccomp;
import dev.caisson.spec.Seccomp.Arg;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The library that other runtimes compile filters with, as a peer to compare with. It is used as they use it. */
final class Libseccomp {

    private interface Lib extends Library {

        int seccomp_syscall_resolve_name(String name);

        int seccomp_syscall_resolve_name_arch(int arch, String name);

        Pointer seccomp_syscall_resolve_num_arch(int arch, int number);

        Pointer seccomp_init(int action);

        void seccomp_release(Pointer filter);

        int seccomp_arch_add(Pointer filter, int arch);

        int seccomp_rule_add_array(Pointer filter, int action, int number, int count, Pointer args);

        int seccomp_export_bpf(Pointer filter, int fd);
    }

    private interface C extends Library {

        int memfd_create(String name, int flags);

        long lseek(int fd, long offset, int whence);

        long read(int fd, Pointer into, long count);

        int close(int fd);

        void free(Pointer text);
    }

    private static final int EEXIST = 17;

    private final Lib lib = Native.load("libseccomp.so.2", Lib.class);
    private final C c = Native.load("c", C.class);

    /** The library, or null where it isn't installed. */
    static Libseccomp orNull() {
        try {
            return new Libseccomp();
        } catch (UnsatisfiedLinkError absent) {
            return null;
        }
    }

    static int token(Abi abi) {
        return abi == Abi.X32 ? 0x4000003e : abi.audit();
    }

    /** The number of a call, negative if the library doesn't know it there. Those of x86's sockets aren't what it says of them. */
    int number(Abi abi, String name) {
        int number = lib.seccomp_syscall_resolve_name_arch(token(abi), name);
        return number < 0 ? number : number & ~abi.base();
    }

    /** The name of a call, null if the library knows none. */
    String name(Abi abi, int number) {
        Pointer text = lib.seccomp_syscall_resolve_num_arch(token(abi), number | abi.base());
        if (text == null) {
            return null;
        }
        String name = text.getString(0);
        c.free(text);
        return name;
    }

    /** The profile's program on x86-64, without what other runtimes put before it; null if the library refuses it. */
    byte[] compile(Seccomp profile) {
        int otherwise = Verdict.of(profile.defaultAction(), profile.defaultErrnoRet());
        Pointer filter = lib.seccomp_init(otherwise);
        try {
            for (String arch : profile.architectures()) {
                Abi abi = Abi.X86_64.companion(arch);
                if (abi != null && abi != Abi.X86_64 && lib.seccomp_arch_add(filter, token(abi)) != 0) {
                    throw new IllegalStateException(arch);
                }
            }
            for (Seccomp.Syscall entry : profile.syscalls()) {
                int verdict = Verdict.of(entry.action(), entry.errnoRet());
                for (String name : entry.names()) {
                    int number = lib.seccomp_syscall_resolve_name(name);
                    if (verdict != otherwise && number != -1 && !add(filter, verdict, number, entry.args())) {
                        return null;
                    }
                }
            }
            return export(filter);
        } finally {
            lib.seccomp_release(filter);
        }
    }

    private boolean add(Pointer filter, int verdict, int number, List<Arg> args) {
        Set<Integer> indexes = new HashSet<>();
        for (Arg arg : args) {
            indexes.add(arg.index());
        }
        if (indexes.size() == args.size()) {
            return addRule(filter, verdict, number, args);
        }
        boolean added = true;
        for (Arg arg : args) {
            added &= addRule(filter, verdict, number, List.of(arg));
        }
        return added;
    }

    private boolean addRule(Pointer filter, int verdict, int number, List<Arg> args) {
        // struct scmp_arg_cmp: unsigned arg; enum op; uint64_t a, b
        try (Memory array = new Memory(24L * Math.max(1, args.size()))) {
            for (int i = 0; i < args.size(); i++) {
                Arg arg = args.get(i);
                array.setInt(24L * i, arg.index());
                array.setInt(24L * i + 4, 1 + arg.op().ordinal());
                array.setLong(24L * i + 8, arg.value());
                array.setLong(24L * i + 16, arg.valueTwo());
            }
            int result = lib.seccomp_rule_add_array(filter, verdict, number, args.size(), array);
            if (result != 0 && result != -EEXIST) {
                throw new IllegalStateException("seccomp_rule_add_array: " + result);
            }
            return result == 0;
        }
    }

    private byte[] export(Pointer filter) {
        int fd = c.memfd_create("filter", 0);
        try (Memory buffer = new Memory(1 << 20)) {
            int result = lib.seccomp_export_bpf(filter, fd);
            if (result != 0) {
                throw new IllegalStateException("seccomp_export_bpf: " + result);
            }
            c.lseek(fd, 0, 0);
            return buffer.getByteArray(0, (int) c.read(fd, buffer, buffer.size()));
        } finally {
            c.close(fd);
        }
    }
}

package dev.caisson.linux.sys;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * bpf(2), as far as programs attached to cgroups go. Stateless and thread-safe. It needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN.
 *
 * <p>All commands take a pointer to {@code union bpf_attr} (linux/bpf.h), whose members are laid out as drawn; what is not drawn is
 * zero. Offsets are in bytes, and fields without a length have four.
 *
 * <pre>
 * BPF_PROG_LOAD                         BPF_PROG_ATTACH, BPF_PROG_DETACH     BPF_PROG_QUERY
 *  0 prog_type                           0 target_fd                          0 target_fd
 *  4 insn_cnt                            4 attach_bpf_fd                      4 attach_type
 *  8 insns (8)                           8 attach_type                        8 query_flags
 * 16 license (8)                        12 attach_flags                      12 attach_flags
 * 24 log_level                          16 replace_bpf_fd                    16 prog_ids (8)
 * 28 log_size                                                                24 prog_cnt
 * 32 log_buf (8)                        BPF_PROG_GET_FD_BY_ID
 * 40 kern_version                        0 prog_id
 * 44 prog_flags
 * </pre>
 */
public final class Bpf {

    /** Programs that decide about access to device nodes. */
    public static final int PROG_TYPE_CGROUP_DEVICE = 15;
    /** Where those are attached. */
    public static final int CGROUP_DEVICE = 6;

    private static final int PROG_LOAD = 5;
    private static final int PROG_ATTACH = 8;
    private static final int PROG_DETACH = 9;
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int PROG_QUERY = 16;

    private static final int F_ALLOW_MULTI = 1 << 1;
    private static final int F_REPLACE = 1 << 2;

    private static final int INSTRUCTION_SIZE = 8;
    private static final int MOST_ATTACHED = 64;
    private static final int LOG_SIZE = 64 * 1024;
    private static final int TRIES = 30;

    // The kernel is told how much of the union it is given; the memory behind is larger, for from 6.17 on PROG_QUERY writes up to
    // offset 64 whatever it was told.
    static final int ATTR_SIZE = 128;
    static final int LOAD_SIZE = 48;
    static final int ATTACH_SIZE = 20;
    static final int ID_SIZE = 4;
    static final int QUERY_SIZE = 28;

    private Bpf() {}

    /**
     * Loads a program, which stays as long as it is open or attached.
     *
     * @param instructions in the machine's byte order
     * @throws LinuxException with the last line of the verifier's log when that is what refused
     */
    public static Descriptor load(int type, byte[] instructions) throws LinuxException {
        try (Memory code = new Memory(instructions.length); Memory license = text("Apache-2.0"); Memory log = new Memory(LOG_SIZE);
                Memory attr = loadAttr(type, code, license)) {
            code.write(0, instructions, 0, instructions.length);
            try {
                return new Descriptor(load(attr));
            } catch (LinuxException refused) {
                // Once more, to hear why.
                log.setByte(0, (byte) 0);
                addLog(attr, log);
                try {
                    return new Descriptor(load(attr));
                } catch (LinuxException again) {
                    String[] lines = log.getString(0).strip().split("\n");
                    String last = lines[lines.length - 1];
                    throw last.isEmpty() ? refused : new LinuxException("load a BPF program (" + last + ")", refused.errno());
                }
            }
        }
    }

    /** Attaches a program to a cgroup, beside those that are there already: all have to agree. */
    public static void attach(int cgroup, int program, int type) throws LinuxException {
        attach(cgroup, program, type, F_ALLOW_MULTI, 0);
    }

    /** Puts {@code program} in the place of {@code old}, which is attached to the cgroup, in one step. */
    public static void replace(int cgroup, int old, int program, int type) throws LinuxException {
        attach(cgroup, program, type, F_ALLOW_MULTI | F_REPLACE, old);
    }

    private static void attach(int cgroup, int program, int type, int flags, int old) throws LinuxException {
        try (Memory attr = attachAttr(cgroup, program, type, flags, old)) {
            call(PROG_ATTACH, attr, ATTACH_SIZE, "attach a BPF program");
        }
    }

    /** Takes a program off a cgroup. */
    public static void detach(int cgroup, int program, int type) throws LinuxException {
        try (Memory attr = attachAttr(cgroup, program, type, 0, 0)) {
            call(PROG_DETACH, attr, ATTACH_SIZE, "detach a BPF program");
        }
    }

    /** The ids of the programs that are attached to the cgroup itself. */
    public static int[] attached(int cgroup, int type) throws LinuxException {
        try (Memory ids = new Memory(4L * MOST_ATTACHED); Memory attr = queryAttr(cgroup, type, ids)) {
            call(PROG_QUERY, attr, QUERY_SIZE, "list the BPF programs of a cgroup");
            return ids.getIntArray(0, attr.getInt(24));
        }
    }

    /**
     * Opens a loaded program.
     *
     * @throws LinuxException with {@link Errno#ENOENT} if it is gone
     */
    public static Descriptor open(int id) throws LinuxException {
        try (Memory attr = attr()) {
            attr.setInt(0, id);
            return new Descriptor(call(PROG_GET_FD_BY_ID, attr, ID_SIZE, "open the BPF program " + id));
        }
    }

    /** The verifier gives up with EAGAIN when a signal comes in. */
    private static int load(Memory attr) throws LinuxException {
        for (int tries = 1; ; tries++) {
            try {
                return call(PROG_LOAD, attr, LOAD_SIZE, "load a BPF program");
            } catch (LinuxException e) {
                if (e.errno() != Errno.EAGAIN || tries == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static int call(int command, Memory attr, int size, String doing) throws LinuxException {
        return (int) Sys.checked(Libc.syscall(Arch.current().bpf(), (long) command, attr, size, 0, 0, 0), doing);
    }

    static Memory loadAttr(int type, Memory code, Memory license) {
        Memory attr = attr();
        attr.setInt(0, type);
        attr.setInt(4, (int) code.size() / INSTRUCTION_SIZE);
        attr.setLong(8, Pointer.nativeValue(code));
        attr.setLong(16, Pointer.nativeValue(license));
        return attr;
    }

    static void addLog(Memory loadAttr, Memory log) {
        loadAttr.setInt(24, 1);
        loadAttr.setInt(28, (int) log.size());
        loadAttr.setLong(32, Pointer.nativeValue(log));
    }

    static Memory attachAttr(int cgroup, int program, int type, int flags, int old) {
        Memory attr = attr();
        attr.setInt(0, cgroup);
        attr.setInt(4, program);
        attr.setInt(8, type);
        attr.setInt(12, flags);
        attr.setInt(16, old);
        return attr;
    }

    static Memory queryAttr(int cgroup, int type, Memory ids) {
        Memory attr = attr();
        attr.setInt(0, cgroup);
        attr.setInt(4, type);
        attr.setLong(16, Pointer.nativeValue(ids));
        attr.setInt(24, (int) ids.size() / Integer.BYTES);
        return attr;
    }

    private static Memory attr() {
        Memory attr = new Memory(ATTR_SIZE);
        attr.clear();
        return attr;
    }

    private static Memory text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory memory = new Memory(bytes.length + 1L);
        memory.write(0, bytes, 0, bytes.length);
        memory.setByte(bytes.length, (byte) 0);
        return memory;
    }
}

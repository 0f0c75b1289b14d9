package dev.caisson.linux.plan;

import static dev.caisson.linux.plan.Kernel.AT_EMPTY_PATH;
import static dev.caisson.linux.plan.Kernel.AT_RECURSIVE;
import static dev.caisson.linux.plan.Kernel.FSCONFIG_CMD_CREATE;
import static dev.caisson.linux.plan.Kernel.FSCONFIG_SET_FLAG;
import static dev.caisson.linux.plan.Kernel.FSCONFIG_SET_STRING;
import static dev.caisson.linux.plan.Kernel.MOVE_MOUNT_F_EMPTY_PATH;
import static dev.caisson.linux.plan.Kernel.MOVE_MOUNT_T_EMPTY_PATH;
import static dev.caisson.linux.plan.Kernel.OPEN_TREE_CLONE;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Writes a plan down, operation by operation. Each method adds one (or the two or three that always go together) and its first
 * argument says in words what is being done: the printed plan shows it, and an error begins with it. A descriptor is a
 * {@link Register}, or an {@code int} for the fixed ones (0, 1, 2, {@link Kernel#AT_FDCWD}). Not thread-safe; good for one plan.
 */
public final class PlanBuilder {

    private final List<Operation> operations = new ArrayList<>();
    private final List<Register> passed = new ArrayList<>();
    private final BitSet used = new BitSet(Register.COUNT);
    private boolean sealed;

    /** An empty plan. */
    public PlanBuilder() {}

    // ---- registers ----

    /** A register that nothing else uses until {@link #release} or {@link #close}. */
    public Register register(String name) {
        int index = used.nextClearBit(0);
        if (index >= Register.COUNT) {
            throw new IllegalStateException("a plan with more than " + Register.COUNT + " values at once");
        }
        used.set(index);
        return new Register(index, name);
    }

    /** Marks a register as in use, since an earlier plan of the same invocation left something in it. */
    public Register keep(Register register) {
        used.set(register.index());
        return register;
    }

    /** A register that a descriptor sent along with the plan lands in. Call these before all other operations. */
    public Register passed(String name) {
        if (!operations.isEmpty()) {
            throw new IllegalStateException("descriptors are passed before the first operation");
        }
        Register register = register(name);
        if (!passed.isEmpty() && register.index() != passed.getLast().index() + 1) {
            throw new IllegalStateException("passed descriptors lie one after the other");
        }
        passed.add(register);
        return register;
    }

    /** The register may be used for something else; whatever is open in it stays open. */
    public void release(Register register) {
        used.clear(register.index());
    }

    // ---- shape ----

    /** To be run from a sealed copy of the executable, since a container may come to see the process. */
    public PlanBuilder sealed() {
        sealed = true;
        return this;
    }

    /**
     * Makes a child process, which runs the operations that {@code body} adds; the parent goes on after them.
     *
     * @param flags    CLONE_NEW… of clone(2)
     * @param cgroup   a cgroup v2 folder's descriptor that the child starts in, and closes first of all; or null
     * @param pidfd    where the parent keeps the child's pidfd
     * @return where the parent keeps the child's pid
     */
    public Register child(String words, long flags, Register cgroup, Register pidfd, Runnable body) {
        Register pid = register("pid");
        int at = operations.size();
        operations.add(null);
        if (cgroup != null) {
            close(cgroup);
        }
        body.run();
        int count = operations.size() - at - 1;
        operations.set(at, new Operation(Op.CLONE,
                List.of(number(flags), cgroup == null ? number(-1) : new Arg.Reg(cgroup), number(at + 1), number(count)),
                pid, pidfd, List.of(), 0, words, false));
        return pid;
    }

    /** When the last operation fails with one of {@code errnos}, the plan goes on past what {@code body} adds. */
    public void skippingOn(List<Integer> errnos, Runnable body) {
        int at = operations.size() - 1;
        body.run();
        Operation last = operations.get(at);
        operations.set(at, new Operation(last.op(), last.arguments(), last.result(), last.second(), errnos,
                operations.size() - at - 1, last.words(), last.label()));
    }

    /** When the last operation fails with one of {@code errnos}, {@code otherwise} is run in the place of {@code then}. */
    public void choosing(List<Integer> errnos, Runnable then, Runnable otherwise) {
        int[] jump = new int[1];
        skippingOn(errnos, () -> {
            then.run();
            jump[0] = operations.size();
            add(Op.SKIP, "or else");
        });
        otherwise.run();
        Operation skip = operations.get(jump[0]);
        operations.set(jump[0], new Operation(skip.op(), skip.arguments(), null, null, List.of(),
                operations.size() - jump[0] - 1, skip.words(), false));
    }

    /** When the last operation fails with one of {@code errnos}, the plan goes on. */
    public void tolerating(Integer... errnos) {
        skippingOn(List.of(errnos), () -> {});
    }

    /** The words of the last operation travel with the plan: only the front will be there to say them. */
    public void labelled() {
        int at = operations.size() - 1;
        Operation last = operations.get(at);
        operations.set(at, new Operation(last.op(), last.arguments(), last.result(), last.second(), last.tolerated(), last.skip(),
                last.words(), true));
    }

    /** Names what the last operation left, for the printed plan. */
    public Register named(String name) {
        int at = operations.size() - 1;
        Operation last = operations.get(at);
        Register register = new Register(last.result().index(), name);
        operations.set(at, new Operation(last.op(), last.arguments(), register, last.second(), last.tolerated(), last.skip(),
                last.words(), last.label()));
        return register;
    }

    /** The plan. */
    public LaunchPlan build() {
        return new LaunchPlan(operations, passed, sealed);
    }

    // ---- files ----

    /** Opens a path and keeps the descriptor. */
    public Register open(String words, Register dir, String path, int flags, int resolve) {
        return result("fd", Op.OPENAT2, words, fd(dir), text(path), number(flags), number(0), number(resolve));
    }

    /** Opens a path of the host. */
    public Register open(String words, String path, int flags) {
        return open(words, null, path, flags, 0);
    }

    /** Opens (and makes, with what is missing on the way) a path beneath {@code root}; an O_PATH descriptor. */
    public Register makeInRoot(String words, Register root, String path, boolean file, int mode) {
        return result("target", Op.MAKE_IN_ROOT, words, fd(root), text(path), number(file ? 1 : 0), number(mode));
    }

    public void close(Register register) {
        add(Op.CLOSE, "close " + register.name(), fd(register));
        release(register);
    }

    /** Closes what is closed again later on, where the plan may have come another way. */
    public void closeAhead(Register register) {
        add(Op.CLOSE, "close " + register.name(), fd(register));
    }

    public void closeRange(String words, long first, long last, int flags) {
        add(Op.CLOSE_RANGE, words, number(first), number(last), number(flags));
    }

    /** dup3(2) to a fixed number; without O_CLOEXEC unless {@code flags} has it. */
    public void dup(String words, Register from, int to) {
        add(Op.DUP3, words, fd(from), number(to), number(0));
    }

    /** Lets a descriptor of this fixed number outlive exec. */
    public void inherit(String words, int fd) {
        add(Op.DUP3, words, number(fd), number(fd), number(0));
    }

    public void mkdir(String words, Register dir, String path, int mode) {
        add(Op.MKDIRAT, words, fd(dir), text(path), number(mode));
    }

    public void mknod(String words, Register dir, String path, int mode, long major, long minor) {
        add(Op.MKNODAT, words, fd(dir), text(path), number(mode), number(major), number(minor));
    }

    public void symlink(String words, String target, Register dir, String path) {
        add(Op.SYMLINKAT, words, text(target), fd(dir), text(path));
    }

    public void unlink(String words, Register dir, String path) {
        add(Op.UNLINKAT, words, fd(dir), text(path), number(0));
    }

    public void chown(String words, Register dir, String path, long uid, long gid) {
        add(Op.FCHOWNAT, words, fd(dir), text(path), number(uid), number(gid), number(Kernel.AT_SYMLINK_NOFOLLOW));
    }

    public void chmod(String words, Register dir, String path, int mode) {
        add(Op.FCHMODAT, words, fd(dir), text(path), number(mode));
    }

    public void write(String words, Register to, byte[] bytes) {
        add(Op.WRITE, words, fd(to), new Arg.Bytes(bytes));
    }

    /** An extended attribute of an open file. */
    public void setAttribute(String words, Register file, String name, byte[] value) {
        add(Op.FSETXATTR, words, fd(file), text(name), new Arg.Bytes(value));
    }

    public void expectFileSystem(String words, Register of, long magic) {
        add(Op.EXPECT_FS, words, fd(of), number(magic));
    }

    /** The plan fails with EXDEV where {@code of} lies on a file system of this magic. */
    public void refuseFileSystem(String words, Register of, long magic) {
        add(Op.REFUSE_FS, words, fd(of), number(magic));
    }

    public void expectDevice(String words, Register of, int type, long major, long minor) {
        add(Op.EXPECT_DEVICE, words, fd(of), number(type), number(major), number(minor));
    }

    public void expectOpen(String words, int fd) {
        add(Op.EXPECT_OPEN, words, number(fd));
    }

    // ---- mounts ----

    public void mount(String words, String source, String target, String type, long flags, String data) {
        add(Op.MOUNT, words, text(source), text(target), text(type), number(flags), text(data));
    }

    /** A detached copy of the mount at a path of the host. */
    public Register cloneTree(String words, String path, boolean recursive) {
        return result("tree", Op.OPEN_TREE, words, number(Kernel.AT_FDCWD), text(path),
                number(OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0)));
    }

    /** A detached copy of the mount that {@code of} lies on, with {@code of} as its root. */
    public Register cloneTree(String words, Register of, boolean recursive) {
        return result("tree", Op.OPEN_TREE, words, fd(of), text(""),
                number(OPEN_TREE_CLONE | AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)));
    }

    /** Attaches a detached mount (or moves an attached one) onto what {@code onto} refers to. */
    public void attach(String words, Register mount, Register onto) {
        add(Op.MOVE_MOUNT, words, fd(mount), text(""), fd(onto), text(""),
                number(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
    }

    /** Attaches a mount onto a path of the host. */
    public void attach(String words, Register mount, String path) {
        add(Op.MOVE_MOUNT, words, fd(mount), text(""), number(Kernel.AT_FDCWD), text(path), number(MOVE_MOUNT_F_EMPTY_PATH));
    }

    public Register fsopen(String words, String type) {
        return result("fs", Op.FSOPEN, words, text(type), number(0));
    }

    /** Sets an option of a file system that is being made; {@code value} null for one that has none. */
    public void fsconfig(String words, Register fs, String key, String value) {
        add(Op.FSCONFIG, words, fd(fs), number(value == null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING), text(key), text(value),
                number(0));
    }

    /** Makes the file system and a detached mount of it; {@code fs} is closed. */
    public Register fsmount(String words, Register fs, long attributes) {
        add(Op.FSCONFIG, words, fd(fs), number(FSCONFIG_CMD_CREATE), text(null), text(null), number(0));
        Register mount = result("mount", Op.FSMOUNT, words, fd(fs), number(0), number(attributes));
        close(fs);
        return mount;
    }

    /** The file system whose root {@code of} is, to be given other options by {@link #fsconfig} and {@link #reconfigure}. */
    public Register fspick(String words, Register of) {
        return result("fs", Op.FSPICK, words, fd(of), text(""), number(Kernel.FSPICK_EMPTY_PATH));
    }

    /** Has a file system take the options that were set; {@code fs} is closed. */
    public void reconfigure(String words, Register fs) {
        add(Op.FSCONFIG, words, fd(fs), number(Kernel.FSCONFIG_CMD_RECONFIGURE), text(null), text(null), number(0));
        close(fs);
    }

    /** Copies what one folder holds into another, empty one; its owner; its mode. */
    public void copyUp(String words, Register from, Register to, boolean contents, boolean owner, boolean mode) {
        add(Op.COPY_UP, words, fd(from), fd(to), number((contents ? 1 : 0) | (owner ? 2 : 0) | (mode ? 4 : 0)));
    }

    /** Changes attributes of the mount whose root {@code mount} is. */
    public void setAttributes(String words, Register mount, boolean recursive, long set, long clear, long propagation) {
        add(Op.MOUNT_SETATTR, words, fd(mount), text(""), number(AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)), number(set),
                number(clear), number(propagation), number(-1));
    }

    /** Shows the files of a detached mount with their ids mapped as in a user namespace (mount_setattr(2), "ID-mapped mounts"). */
    public void mapIds(String words, Register mount, boolean recursive, Register users) {
        add(Op.MOUNT_SETATTR, words, fd(mount), text(""), number(AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0)),
                number(Kernel.MOUNT_ATTR_IDMAP), number(0), number(0), fd(users));
    }

    public void pivotRoot(String words, String newRoot, String putOld) {
        add(Op.PIVOT_ROOT, words, text(newRoot), text(putOld));
    }

    public void unmount(String words, String path, int flags) {
        add(Op.UMOUNT2, words, text(path), number(flags));
    }

    public void chdir(String words, String path) {
        add(Op.CHDIR, words, text(path));
    }

    public void fchdir(String words, Register dir) {
        add(Op.FCHDIR, words, fd(dir));
    }

    public void chroot(String words, String path) {
        add(Op.CHROOT, words, text(path));
    }

    // ---- namespaces and identity ----

    public void setns(String words, Register namespace, long type) {
        add(Op.SETNS, words, fd(namespace), number(type));
    }

    public void unshare(String words, long flags) {
        add(Op.UNSHARE, words, number(flags));
    }

    public void hostname(String words, byte[] name) {
        add(Op.SETHOSTNAME, words, new Arg.Bytes(name));
    }

    public void domainname(String words, byte[] name) {
        add(Op.SETDOMAINNAME, words, new Arg.Bytes(name));
    }

    public void prctl(String words, int option, long argument) {
        prctl(words, option, argument, 0);
    }

    public void prctl(String words, int option, long argument, long second) {
        add(Op.PRCTL, words, number(option), number(argument), number(second), number(0), number(0));
    }

    /** @param program struct sock_filter, one after the other */
    public void seccomp(String words, long flags, byte[] program) {
        add(Op.SECCOMP_FILTER, words, number(flags), new Arg.Bytes(program));
    }

    /** As {@link #seccomp}, with the flag that makes a listener: its descriptor. */
    public Register seccompListener(String words, long flags, byte[] program) {
        return result("listener", Op.SECCOMP_FILTER, words, number(flags), new Arg.Bytes(program));
    }

    public void capset(String words, long effective, long permitted, long inheritable) {
        add(Op.CAPSET, words, number(effective), number(permitted), number(inheritable));
    }

    public void setUids(String words, long uid) {
        add(Op.SETRESUID, words, number(uid), number(uid), number(uid));
    }

    public void setGids(String words, long gid) {
        add(Op.SETRESGID, words, number(gid), number(gid), number(gid));
    }

    /** @param gids u32 each, as the machine orders bytes */
    public void setGroups(String words, byte[] gids) {
        add(Op.SETGROUPS, words, new Arg.Bytes(gids));
    }

    /** Of the process {@code pid}, or for null this one. */
    public void setRlimit(String words, Register pid, int resource, long soft, long hard) {
        add(Op.PRLIMIT, words, pid == null ? number(0) : new Arg.Reg(pid), number(resource), number(soft), number(hard));
    }

    public void umask(String words, long mask) {
        add(Op.UMASK, words, number(mask));
    }

    /** @param permissions KEY_… that the keyring is given, or 0 */
    public void joinKeyring(String words, String name, long permissions) {
        add(Op.JOIN_KEYRING, words, text(name), number(permissions));
    }

    /** @param attributes struct sched_attr */
    public void schedule(String words, byte[] attributes) {
        add(Op.SCHED_SETATTR, words, new Arg.Bytes(attributes));
    }

    /** @param mask a bit a CPU, in whole longs */
    public void affinity(String words, byte[] mask) {
        add(Op.SCHED_SETAFFINITY, words, new Arg.Bytes(mask));
    }

    /** ioprio_set(2): whose, 0 for the own, and class and level in one. */
    public void ioPriority(String words, int which, int who, long priority) {
        add(Op.IOPRIO_SET, words, number(which), number(who), number(priority));
    }

    public void personality(String words, long domain) {
        add(Op.PERSONALITY, words, number(domain));
    }

    /** @param nodes a bit a memory node, in whole longs; empty for a mode that takes none */
    public void memoryPolicy(String words, long mode, byte[] nodes) {
        add(Op.SET_MEMPOLICY, words, number(mode), new Arg.Bytes(nodes));
    }

    public void ownStdio(String words, long uid) {
        add(Op.OWN_STDIO, words, number(uid));
    }

    // ---- terminal ----

    public void setsid(String words) {
        add(Op.SETSID, words);
    }

    public void unlockPty(String words, Register master) {
        add(Op.UNLOCK_PTY, words, fd(master));
    }

    /** The other end of a pty, opened without a path. */
    public Register ptyPeer(String words, Register master, int flags) {
        return result("slave", Op.IOCTL, words, fd(master), number(Kernel.TIOCGPTPEER), number(flags));
    }

    public void controllingTerminal(String words) {
        add(Op.IOCTL, words, number(0), number(Kernel.TIOCSCTTY), number(0));
    }

    /** Rows and columns; 0 and 0 copies the caller's terminal's. */
    public void windowSize(String words, Register terminal, long rows, long columns) {
        add(Op.WINDOW_SIZE, words, fd(terminal), number(rows), number(columns));
    }

    // ---- between parent and child ----

    /**
     * In the child: a second child of the parent, in these new namespaces, takes this one's place once the parent has
     * {@linkplain #adoptChild adopted} it and tells it to go on.
     *
     * @param flags CLONE_NEW… of clone(2)
     */
    public void reclone(String words, long flags) {
        add(Op.RECLONE, words, number(flags));
    }

    /** In the parent: the child is from now on the one that {@link #reclone} made. */
    public void adoptChild(String words, Register pid, Register pidfd) {
        operations.add(new Operation(Op.ADOPT_CHILD, List.of(), pid, pidfd, List.of(), 0, words, false));
    }

    /** Opens {@code /proc/PID/name}. */
    public Register openProc(String words, Register pid, String name, int flags) {
        return result("fd", Op.OPEN_PROC, words, new Arg.Reg(pid), text(name), number(flags));
    }

    /** A user namespace that nobody is in; the maps as user_namespaces(7) has them. */
    public Register makeUserNamespace(String words, byte[] uidMap, byte[] gidMap) {
        return result("userns", Op.MAKE_USERNS, words, new Arg.Bytes(uidMap), new Arg.Bytes(gidMap));
    }

    public void tellParent(String words) {
        add(Op.TELL_PARENT, words);
    }

    public void awaitParent(String words) {
        add(Op.AWAIT_PARENT, words);
    }

    public void tellChild(String words) {
        add(Op.TELL_CHILD, words);
    }

    public void awaitChild(String words) {
        add(Op.AWAIT_CHILD, words);
    }

    public void awaitExec(String words) {
        add(Op.AWAIT_EXEC, words);
    }

    public void awaitStart(String words, Register fifo) {
        add(Op.AWAIT_START, words, fd(fifo));
    }

    public void detachChild(String words) {
        add(Op.DETACH_CHILD, words);
    }

    /** Sends a descriptor over a unix socket, or to the parent where {@code socket} is null. */
    public void sendFd(String words, Register socket, Register fd, byte[] payload) {
        add(Op.SEND_FD, words, socket == null ? number(-1) : fd(socket), fd(fd), new Arg.Bytes(payload));
    }

    public Register receiveFd(String words, String name) {
        return result(name, Op.RECEIVE_FD, words);
    }

    /** Tells the parent which of the child's descriptors to {@link #takeFd}, with no other call than write(2). */
    public void tellFd(String words, Register fd) {
        add(Op.TELL_FD, words, fd(fd));
    }

    /** A copy of the descriptor that the child has told the number of. */
    public Register takeFd(String words, String name) {
        return result(name, Op.TAKE_FD, words);
    }

    /** A netlink socket of the network namespace that the process is in. */
    public Register netlink(String words, int protocol) {
        return result("netlink", Op.NETLINK, words, number(protocol));
    }

    public Register connect(String words, String path) {
        return result("socket", Op.CONNECT, words, text(path));
    }

    // ---- processes ----

    /** Which of these paths is an executable file. */
    public Register findExecutable(String words, List<String> candidates) {
        return result("found", Op.FIND_EXECUTABLE, words, texts(candidates));
    }

    /** @param environment {@link Arg.Text} and {@link Arg.Bytes} */
    public void exec(String words, List<String> candidates, Register found, List<String> argv, List<Arg> environment) {
        add(Op.EXEC, words, texts(candidates), new Arg.Reg(found), texts(argv), new Arg.Texts(environment));
    }

    /** Puts the home folder that /etc/passwd has for {@code uid} after the {@code HOME=} that {@code entry} begins with. */
    public void fillHome(String words, byte[] entry, long uid) {
        add(Op.FILL_HOME, words, new Arg.Bytes(entry), number(uid));
    }

    /** Fails unless the working directory can be reached from the root. */
    public void expectCwd(String words) {
        add(Op.EXPECT_CWD, words);
    }

    /** Writes a pid into bytes of the plan, right-aligned; {@code pid} null: the process's own. */
    public void patchPid(String words, byte[] bytes, int from, int length, Register pid) {
        add(Op.PATCH_PID, words, new Arg.Bytes(bytes, from, length), pid == null ? number(0) : new Arg.Reg(pid));
    }

    /** @param timeoutMillis 0 for none */
    public void hook(String words, String path, List<String> argv, List<String> environment, byte[] stdin, long timeoutMillis) {
        add(Op.HOOK, words, text(path), texts(argv), texts(environment), new Arg.Bytes(stdin), number(timeoutMillis));
    }

    /** Runs a program of the host without an environment, as hooks are run; {@code argv} of {@link Arg.Text} and {@link Arg.Bytes}. */
    public void program(String words, String path, List<Arg> argv, long timeoutMillis) {
        add(Op.HOOK, words, text(path), new Arg.Texts(argv), texts(List.of()), new Arg.Bytes(new byte[0]), number(timeoutMillis));
    }

    /** Waits for the child's end, as a foreground command does; its exit code. */
    public Register await(String words, Register pid, Register pidfd, Register master) {
        return result("code", Op.WAIT, words, new Arg.Reg(pid), fd(pidfd), master == null ? number(-1) : fd(master));
    }

    // ---- helpers ----

    private void add(Op op, String words, Arg... arguments) {
        operations.add(new Operation(op, List.of(arguments), null, null, List.of(), 0, words, false));
    }

    private Register result(String name, Op op, String words, Arg... arguments) {
        Register register = register(name);
        operations.add(new Operation(op, List.of(arguments), register, null, List.of(), 0, words, false));
        return register;
    }

    private static Arg number(long value) {
        return new Arg.Int(value);
    }

    /** A descriptor in a register, or, for null, the working directory. */
    private static Arg fd(Register register) {
        return register == null ? number(Kernel.AT_FDCWD) : new Arg.Reg(register);
    }

    private static Arg text(String text) {
        return text == null ? Arg.Int.NULL : new Arg.Text(text);
    }

    private static Arg texts(List<String> texts) {
        List<Arg> items = new ArrayList<>(texts.size());
        for (String text : texts) {
            items.add(new Arg.Text(text));
        }
        return new Arg.Texts(items);
    }
}

package dev.caisson.linux.lsm;

import dev.caisson.linux.plan.Kernel;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The operations that give a process its AppArmor profile and SELinux label from its next exec on, and its keyring the label. The files
 * of /proc/thread-self/attr (proc_pid_attr(5)) are opened while a procfs is at hand that the container has no part in, and by the very
 * process: the kernel takes writes from no other.
 */
public final class LsmSteps {

    /** Opens a file for writing beneath a procfs that can be trusted. */
    public interface Opener {
        Register open(String words, String path);
    }

    /** What clears a label again: the kernel takes an empty line for none. */
    private static final byte[] NONE = {'\n'};

    private final PlanBuilder plan;
    private final String profile;
    private final String label;
    private Register profileFile;
    private Register labelFile;
    private Register keyFile;

    /**
     * @param profile process.apparmorProfile, null or empty for none
     * @param label   process.selinuxLabel, null or empty for none
     */
    public LsmSteps(PlanBuilder plan, String profile, String label) {
        this.plan = plan;
        this.profile = profile == null || profile.isEmpty() ? null : profile;
        this.label = label == null || label.isEmpty() ? null : label;
    }

    /** Whether there is anything to do. */
    public boolean areAny() {
        return profile != null || label != null;
    }

    /**
     * Opens what will be written.
     *
     * @param keyring whether a keyring is going to be joined
     */
    public void open(Opener proc, boolean keyring) {
        if (profile != null) {
            String words = "open the process's AppArmor attribute";
            profileFile = proc.open(words, "thread-self/attr/apparmor/exec");
            // Before the kernel took several modules side by side there is one set of attributes for all modules.
            plan.choosing(List.of(Errno.ENOENT), () -> { }, () -> {
                plan.release(profileFile);
                profileFile = proc.open(words, "thread-self/attr/exec");
            });
            verify(profileFile);
        }
        if (label != null) {
            labelFile = proc.open("open the process's SELinux attribute", "thread-self/attr/exec");
            verify(labelFile);
            if (keyring) {
                keyFile = proc.open("open the SELinux attribute of the process's keys", "thread-self/attr/keycreate");
                verify(keyFile);
            }
        }
    }

    private void verify(Register file) {
        plan.expectFileSystem("the attribute is the kernel's", file, Kernel.PROC_SUPER_MAGIC);
    }

    /** Keys and keyrings that are made from here on are labelled as the process is. */
    public void labelKeys() {
        if (keyFile != null) {
            plan.write("label the session keyring as process.selinuxLabel " + label, keyFile, text(label));
        }
    }

    /** Up to here. */
    public void labelNoMoreKeys() {
        if (keyFile != null) {
            plan.write("label no further keys", keyFile, NONE);
            plan.close(keyFile);
        }
    }

    /** From its next exec on, the process has its profile and label. */
    public void confine() {
        if (profile != null) {
            plan.write("set process.apparmorProfile " + profile, profileFile, text("exec " + profile));
            plan.close(profileFile);
        }
        if (label != null) {
            plan.write("set process.selinuxLabel " + label, labelFile, text(label));
            plan.close(labelFile);
        }
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}

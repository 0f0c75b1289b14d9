package dev.caisson.linux.lsm;

import dev.caisson.spec.Linux;
import dev.caisson.spec.Process;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which security modules of the kernel are at work.
 *
 * @param apparmor whether AppArmor is
 * @param selinux  whether SELinux is, permissive or not
 */
public record SecurityModules(boolean apparmor, boolean selinux) {

    /** In the words that callers know. */
    private static final String LABEL = ": selinux label is specified in config, but selinux is disabled or not supported";

    /**
     * Those of this machine.
     *
     * @param sys where sysfs is mounted: {@code /sys}
     */
    public static SecurityModules read(Path sys) {
        // Neither securityfs nor selinuxfs needs to be mounted where a module is only compiled in.
        return new SecurityModules(isYes(sys.resolve("module/apparmor/parameters/enabled")), Files.exists(sys.resolve("fs/selinux/enforce")));
    }

    private static boolean isYes(Path parameter) {
        try (InputStream in = Files.newInputStream(parameter)) {
            return in.read() == 'Y';
        } catch (IOException e) {
            return false; // the module is not there, or nobody may know
        }
    }

    /**
     * Why a configuration can't be had with these, naming the field; null if it can.
     *
     * @param process whose profile and label count
     * @param linux   whose mountLabel counts, or null
     * @param at      what stands before the process's fields: {@code "process."}
     */
    public String refusal(Process process, Linux linux, String at) {
        if (isGiven(process.apparmorProfile()) && !apparmor) {
            return at + "apparmorProfile " + process.apparmorProfile() + ": config provided but apparmor not supported";
        }
        if (isGiven(process.selinuxLabel()) && !selinux) {
            return at + "selinuxLabel " + process.selinuxLabel() + LABEL;
        }
        if (linux != null && isGiven(linux.mountLabel()) && !selinux) {
            return "linux.mountLabel " + linux.mountLabel() + LABEL;
        }
        return null;
    }

    /** Whether a configuration asks for any module at all; {@code linux} may be null. */
    public static boolean areAskedFor(Process process, Linux linux) {
        return isGiven(process.apparmorProfile()) || isGiven(process.selinuxLabel()) || linux != null && isGiven(linux.mountLabel());
    }

    private static boolean isGiven(String text) {
        return text != null && !text.isEmpty();
    }
}

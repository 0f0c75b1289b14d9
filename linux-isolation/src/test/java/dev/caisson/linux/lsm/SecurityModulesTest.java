package dev.caisson.linux.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.spec.Linux;
import dev.caisson.spec.Process;
import dev.caisson.spec.Spec;
import dev.caisson.spec.SpecException;
import dev.caisson.spec.SpecReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecurityModulesTest {

    private static final SecurityModules NONE = new SecurityModules(false, false);
    private static final SecurityModules BOTH = new SecurityModules(true, true);

    @TempDir
    private Path sys;

    private static Spec spec(String process, String linux) throws SpecException {
        return new SpecReader().read(("{\"ociVersion\":\"1.3.0\",\"root\":{\"path\":\"r\"},\"process\":{\"args\":[\"x\"],\"cwd\":\"/\"" + process
                + "},\"linux\":{" + linux + "}}").getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(SecurityModules modules, Spec spec) {
        Process process = spec.process();
        Linux linux = spec.linux();
        assertTrue(SecurityModules.areAskedFor(process, linux));
        return modules.refusal(process, linux, "process.");
    }

    @Test
    void whatThereIsIsSeenInSysfs() throws IOException {
        assertEquals(NONE, SecurityModules.read(sys));
        Files.createDirectories(sys.resolve("module/apparmor/parameters"));
        Files.writeString(sys.resolve("module/apparmor/parameters/enabled"), "N\n");
        assertEquals(NONE, SecurityModules.read(sys));
        Files.writeString(sys.resolve("module/apparmor/parameters/enabled"), "Y\n");
        assertEquals(new SecurityModules(true, false), SecurityModules.read(sys));
        Files.createDirectories(sys.resolve("fs/selinux"));
        assertEquals(new SecurityModules(true, false), SecurityModules.read(sys), "its mount point alone is no SELinux");
        Files.writeString(sys.resolve("fs/selinux/enforce"), "0");
        assertEquals(BOTH, SecurityModules.read(sys));
    }

    @Test
    void whatIsMissingIsNamedWithItsField() throws SpecException {
        Spec apparmor = spec(",\"apparmorProfile\":\"p\"", "");
        assertEquals("process.apparmorProfile p: config provided but apparmor not supported", refusal(NONE, apparmor));
        assertNull(refusal(new SecurityModules(true, false), apparmor));
        Spec label = spec(",\"selinuxLabel\":\"a:b:c\"", "");
        assertEquals("process.selinuxLabel a:b:c: selinux label is specified in config, but selinux is disabled or not supported",
                refusal(new SecurityModules(true, false), label));
        Spec mounts = spec("", "\"mountLabel\":\"a:b:c\"");
        assertEquals("linux.mountLabel a:b:c: selinux label is specified in config, but selinux is disabled or not supported",
                refusal(NONE, mounts));
        assertNull(refusal(BOTH, mounts));
    }

    @Test
    void emptyOnesAskForNothing() throws SpecException {
        Spec spec = spec(",\"apparmorProfile\":\"\",\"selinuxLabel\":\"\"", "\"mountLabel\":\"\"");
        assertFalse(SecurityModules.areAskedFor(spec.process(), spec.linux()));
        assertFalse(SecurityModules.areAskedFor(spec.process(), null));
    }
}

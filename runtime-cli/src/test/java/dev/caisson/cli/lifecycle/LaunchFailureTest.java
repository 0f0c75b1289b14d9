package dev.caisson.cli.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.cli.engine.Report;
import dev.caisson.linux.plan.Arg;
import dev.caisson.linux.plan.LaunchPlan;
import dev.caisson.linux.plan.PlanBuilder;
import dev.caisson.linux.plan.Register;
import dev.caisson.linux.sys.Errno;
import java.util.List;
import org.junit.jupiter.api.Test;

class LaunchFailureTest {

    private static LaunchPlan plan(String program) {
        PlanBuilder plan = new PlanBuilder();
        plan.chdir("change to process.cwd /x", "/x");
        plan.awaitChild("wait for the child");
        plan.hook("run hooks.prestart[0] /bin/h", "/bin/h", List.of("/bin/h"), List.of(), new byte[] {'{', '}'}, 0);
        Register found = plan.findExecutable("find the executable " + program, List.of("/bin/" + program));
        plan.exec("exec " + program, List.of("/bin/" + program), found, List.of(program), List.of(new Arg.Text("A=b")));
        return plan.build();
    }

    private static String describe(String program, int operation, int errno, int detail) {
        LaunchPlan plan = plan(program);
        return LaunchFailure.describe(new Report(false, operation, errno, detail, true, new long[64]), plan, plan);
    }

    @Test
    void aFailureIsTheOperationsWordsAndTheKernelsAnswer() {
        assertEquals("change to process.cwd /x: permission denied", describe("sh", 0, Errno.EACCES, 0));
    }

    @Test
    void aProgramThatIsNotThereIsToldAsClientsExpect() {
        assertEquals("exec: \"sh\": executable file not found in $PATH", describe("sh", 3, Errno.ENOENT, 0));
        assertEquals("exec: \"sh\": permission denied", describe("sh", 3, Errno.EACCES, 0));
        assertEquals("exec: \"/bin/sh\": stat /bin/sh: no such file or directory", describe("/bin/sh", 3, Errno.ENOENT, 0));
    }

    @Test
    void aHookSaysHowItEnded() {
        assertEquals("error running hook: run hooks.prestart[0] /bin/h: the hook ended with exit status 3", describe("sh", 2, 0, 3 << 8));
        assertEquals("error running hook: run hooks.prestart[0] /bin/h: the hook was killed by signal 9 (killed)", describe("sh", 2, 0, 9));
        assertEquals("error running hook: run hooks.prestart[0] /bin/h: it did not end within its timeout", describe("sh", 2, Errno.ETIMEDOUT, 0));
        assertEquals("error running hook: run hooks.prestart[0] /bin/h: no such file or directory", describe("sh", 2, Errno.ENOENT, 0));
    }

    @Test
    void aChildThatDiedSaysHow() {
        assertEquals("wait for the child: the process was killed by signal 9 (killed)", describe("sh", 1, Errno.ECHILD, 9));
    }

    @Test
    void aPlanThatWasRefusedAsAWholeSaysSo() {
        assertEquals("run the launch plan: invalid argument", describe("sh", -1, Errno.EINVAL, 0));
    }
}

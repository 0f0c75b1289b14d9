package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Sandbox;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which descriptors a container's processes have. */
@RealContainers
class DescriptorsTest {

    /** Those of the first process, which is a shell; the list is made by another one. */
    private static final String LIST = "ls /proc/1/fd; true";

    @Test
    void itHasItsThreeStreamsAndNoMore(Sandbox box) {
        assertEquals("0\n1\n2", box.bundle().sh(LIST).run().ok());
    }

    @Test
    void noneOfTheCallersGetsIn(Sandbox box) {
        assertEquals("0\n1\n2", box.bundle().sh(LIST).command("run", "c").redirected("3</etc/passwd 4</ 7</etc 9<>/dev/null").run().ok());
    }

    @Test
    void aCreatedContainersAreTheSame(Sandbox box) {
        Bundle bundle = box.bundle().sh("ls /proc/1/fd; sleep 1000");
        try (Container container = bundle.opened(bundle.command("create", "c").redirected("3</etc/passwd 5</"), "c").start()) {
            dev.caisson.it.harness.Await.until("it has written", () -> container.output().endsWith("2"));
            assertEquals("0\n1\n2", container.output());
        }
    }

    @Test
    void theNextOnesArePreservedIfAsked(Sandbox box) {
        box.file("a", "first");
        box.file("b", "second");
        Bundle bundle = box.bundle().sh("cat <&3; cat <&4; echo; " + LIST);
        assertEquals("firstsecond\n0\n1\n2\n3\n4", bundle.command("run", "c", "--preserve-fds", "2").redirected("3<a 4<b 5</etc/passwd").run().ok());
    }

    @Test
    void socketsAreHandedOverAsServiceManagersDo(Sandbox box) {
        box.file("a", "socket");
        Bundle bundle = box.bundle().sh("cat <&3; echo; echo $LISTEN_FDS $LISTEN_PID; " + LIST);
        assertEquals("socket\n1 1\n0\n1\n2\n3", bundle.command("run", "c")
                .by("/bin/sh", "-c", "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\" 3<a 4</etc/passwd", "sh").run().ok());
    }

    @Test
    void socketsThatAreMeantForAnotherProcessAreNotHandedOver(Sandbox box) {
        Bundle bundle = box.bundle().sh("echo ${LISTEN_FDS-none} ${LISTEN_PID-none}; " + LIST);
        for (String meant : List.of("LISTEN_PID=1", "LISTEN_PID=x")) {
            assertEquals("none none\n0\n1\n2", bundle.command("run", "c")
                    .by("/bin/sh", "-c", "export LISTEN_FDS=1 " + meant + "; exec \"$@\" 3</etc/passwd", "sh").run().ok());
        }
    }

    @Test
    @OnlyCaisson("crun's way: runc takes sockets that are meant for no process by name for another's")
    void socketsThatAreMeantForNoProcessByNameAreHandedOver(Sandbox box) {
        Bundle bundle = box.bundle().sh("echo ${LISTEN_FDS-none} ${LISTEN_PID-none}; " + LIST);
        assertEquals("1 1\n0\n1\n2\n3", bundle.command("run", "c")
                .by("/bin/sh", "-c", "unset LISTEN_PID; export LISTEN_FDS=1; exec \"$@\" 3</etc/passwd", "sh").run().ok());
        assertEquals("1 1\n0\n1\n2", bundle.command("run", "c").by("/bin/sh", "-c", "export LISTEN_FDS=1 LISTEN_PID=; exec \"$@\"", "sh")
                .run().ok());
    }

    @Test
    @OnlyCaisson("crun's way: runc refuses to count what is not open")
    void ofTheCountedOnesThoseArePreservedThatAreOpen(Sandbox box) {
        box.file("a", "first");
        Bundle bundle = box.bundle().sh("cat <&5; echo; " + LIST);
        for (String count : List.of("5", "300")) {
            assertEquals("first\n0\n1\n2\n5\n7", bundle.command("run", "c", "--preserve-fds", count).redirected("5<a 7</etc/passwd").run().ok());
        }
    }

    @Test
    @OnlyCaisson("runc takes what is no number for none")
    void aNumberOfSocketsThatIsNoneIsRefused(Sandbox box) {
        for (String count : List.of("-1", "x", "4294967295", "9999999999")) {
            Result result = box.bundle().args("true").command("run", "c")
                    .by("/bin/sh", "-c", "export LISTEN_FDS=" + count + " LISTEN_PID=$$; exec \"$@\"", "sh").run().exits(1);
            assertTrue(result.stderr().contains("LISTEN_FDS=" + count), result::toString);
        }
    }

    @Test
    void anExecutedProcessHasItsThreeStreamsAndNoMore(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            assertEquals("0\n1\n2", box.command("exec", container.id(), "sh", "-c", "ls /proc/$$/fd; true")
                    .redirected("3</etc/passwd 4</ 8</etc").run().ok());
        }
    }

    @Test
    void anExecutedProcessKeepsThoseThatAreAsked(Sandbox box) {
        box.file("a", "first");
        try (Container container = box.bundle().args("sleep", "1000").up("c")) {
            assertEquals("first\n0\n1\n2\n3", box.command("exec", "--preserve-fds", "1", container.id(), "sh", "-c",
                    "cat <&3; echo; ls /proc/$$/fd; true").redirected("3<a 4</etc/passwd").run().ok());
        }
    }

    @Test
    void hooksHaveNoneOfTheRuntimesEither(Sandbox box) {
        box.bundle().args("true").hook("createRuntime", "exec ls /proc/self/fd > " + box.dir().resolve("fds")).command("run", "c")
                .redirected("5</etc/passwd").run().ok();
        assertEquals("0\n1\n2\n3\n", dev.caisson.it.harness.Files.text(box.dir().resolve("fds")));
    }
}

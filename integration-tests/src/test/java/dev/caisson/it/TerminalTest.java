package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.DescriptorSocket;
import dev.caisson.it.harness.Linux;
import dev.caisson.it.harness.Pty;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Result;
import dev.caisson.it.harness.Running;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Processes with a terminal: handed over at a console socket, or relayed to the caller's own. */
@RealContainers
class TerminalTest {

    private static Bundle terminal(Sandbox box, String script) {
        return box.bundle().terminal().sh(script);
    }

    // ---- console socket ----

    @Test
    void theMasterIsSentToTheConsoleSocket(Sandbox box) throws IOException {
        Bundle bundle = terminal(box, "read line; echo got $line; tty; sleep 1000");
        try (DescriptorSocket socket = box.socket();
                Container container = bundle.create("c", "--console-socket", socket.path().toString());
                Pty pty = socket.receivePty()) {
            container.start();
            pty.type("some words\n");
            pty.awaitText("got some words");
            pty.awaitText("/dev/pts/0");
        }
    }

    @Test
    void theTerminalHasTheConfiguredSize(Sandbox box) throws IOException {
        Bundle bundle = terminal(box, "stty size; sleep 1000").set("/process/consoleSize", Map.of("height", 41, "width", 123));
        try (DescriptorSocket socket = box.socket();
                Container container = bundle.create("c", "--console-socket", socket.path().toString());
                Pty pty = socket.receivePty()) {
            container.start();
            pty.awaitText("41 123");
        }
    }

    @Test
    void anExecutedProcesssTerminalHasTheSizeThatItsFileGives(Sandbox box) throws IOException {
        String process = box.file("process.json", """
                {"terminal": true, "consoleSize": {"height": 42, "width": 124}, "args": ["sh", "-c", "stty size; sleep 1000"], "cwd": "/",
                 "env": ["PATH=/bin"]}
                """).toString();
        try (DescriptorSocket socket = box.socket(); Container container = box.bundle().args("sleep", "1000").up("c")) {
            box.run("exec", "--detach", "--console-socket", socket.path().toString(), "--process", process, container.id()).ok();
            try (Pty pty = socket.receivePty()) {
                pty.awaitText("42 124");
            }
        }
    }

    @Test
    void theConsoleIsTheTerminal(Sandbox box) throws IOException {
        Bundle bundle = terminal(box, "echo to the console > /dev/console; ls -l /proc/self/fd/0; stat -c %a:%u /dev/console; sleep 1000");
        try (DescriptorSocket socket = box.socket();
                Container container = bundle.create("c", "--console-socket", socket.path().toString());
                Pty pty = socket.receivePty()) {
            container.start();
            pty.awaitText("to the console");
            pty.awaitText("/dev/pts/0");
            pty.awaitText("620:0");
        }
    }

    @Test
    void theTerminalIsTheUsers(Sandbox box) throws IOException {
        Bundle bundle = terminal(box, "stat -c owner:%u /dev/pts/0; sleep 1000").user(1000, 1000);
        try (DescriptorSocket socket = box.socket();
                Container container = bundle.create("c", "--console-socket", socket.path().toString());
                Pty pty = socket.receivePty()) {
            container.start();
            pty.awaitText("owner:1000");
        }
    }

    @Test
    void aTerminalOfADetachedContainerNeedsASocket(Sandbox box) {
        Result result = terminal(box, "true").command("create", "c").run().exits(1);
        assertTrue(result.stderr().contains("cannot allocate tty if"), result::toString);
        assertTrue(result.stderr().contains("will detach without setting console socket"), result::toString);
    }

    @Test
    void aSocketWithoutATerminalIsRefused(Sandbox box) throws IOException {
        try (DescriptorSocket socket = box.socket()) {
            Result result = box.bundle().args("true").command("create", "c", "--console-socket", socket.path().toString()).run().exits(1);
            assertTrue(result.stderr().contains("cannot use console socket if"), result::toString);
        }
    }

    // ---- foreground ----

    @Test
    void theCallersTerminalIsRelayed(Sandbox box) {
        try (Pty pty = new Pty(); Running run = terminal(box, "tty; read line; echo got $line; exit 33").command("run", "c").terminal(pty).start()) {
            pty.awaitText("/dev/pts/0");
            pty.type("some words\r");
            pty.awaitText("got some words");
            run.await().exits(33);
        }
    }

    @Test
    void theProcessSeesTheSizeOfTheCallersTerminal(Sandbox box) {
        try (Pty pty = new Pty().resize(33, 77); Running run = terminal(box, "sleep 0.2; stty size").command("run", "c").terminal(pty).start()) {
            run.await().exits(0);
            pty.awaitText("33 77");
        }
    }

    @Test
    void theProcessIsToldWhenTheTerminalsSizeChanges(Sandbox box) {
        Bundle bundle = terminal(box, "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done");
        try (Pty pty = new Pty().resize(10, 20); Running run = bundle.command("run", "c").terminal(pty).start()) {
            pty.awaitText("ready");
            pty.resize(55, 66);
            pty.awaitText("55 66");
            box.run("kill", "c", "KILL").ok();
            run.await().exits(137);
        }
    }

    @Test
    void theInterruptKeyReachesTheProcess(Sandbox box) {
        Bundle bundle = terminal(box, "trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.05; done");
        try (Pty pty = new Pty(); Running run = bundle.command("run", "c").terminal(pty).start()) {
            pty.awaitText("ready");
            pty.type("\003");
            run.await().exits(5);
            pty.awaitText("interrupted");
        }
    }

    @Test
    void theEndOfFileKeyEndsTheInput(Sandbox box) {
        try (Pty pty = new Pty(); Running run = terminal(box, "echo ready; cat; echo after").command("run", "c").terminal(pty).start()) {
            pty.awaitText("ready");
            pty.type("\004");
            pty.awaitText("after");
            run.await().exits(0);
        }
    }

    @Test
    void signalsAreForwardedToAProcessWithATerminal(Sandbox box) {
        Bundle bundle = terminal(box, "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done");
        try (Pty pty = new Pty(); Running run = bundle.command("run", "c").terminal(pty).start()) {
            pty.awaitText("ready");
            // The command line's leader is the shell that becomes the runtime.
            run.signal(Linux.SIGTERM).await().exits(9);
        }
    }

    @Test
    void allOutputArrivesBeforeTheEnd(Sandbox box) {
        try (Pty pty = new Pty(); Running run = terminal(box, "seq 1 5000; echo the end").command("run", "c").terminal(pty).start()) {
            pty.awaitText("the end");
            run.await().exits(0);
            assertTrue(pty.screen().contains("\n4999\r\n5000\r\nthe end\r\n"));
        }
    }

    @Test
    void theCallersTerminalIsAsBeforeAfterwards(Sandbox box) {
        try (Pty pty = new Pty()) {
            Bundle bundle = terminal(box, "stty raw -echo");
            Running run = bundle.command("run", "c").by("/bin/sh", "-c", "stty -g; \"$@\"; stty -g", "sh").terminal(pty).start();
            run.await().exits(0);
            Await.until("both are shown", () -> settings(pty).size() == 2);
            List<String> settings = settings(pty);
            assertEquals(settings.getFirst(), settings.getLast());
        }
    }

    /** What {@code stty -g} has printed, a line each. */
    private static List<String> settings(Pty pty) {
        return pty.screen().lines().filter(line -> line.matches("[0-9a-f:]{20,}")).toList();
    }

    // ---- exec ----

    @Test
    void execRelaysTheCallersTerminalToo(Sandbox box) {
        try (Container container = box.bundle().args("sleep", "1000").up("c"); Pty pty = new Pty().resize(31, 71);
                Running exec = box.command("exec", "--tty", container.id(), "sh", "-c", "sleep 0.2; stty size; read line; echo got $line; exit 3")
                        .terminal(pty).start()) {
            pty.awaitText("31 71");
            pty.type("it\r");
            pty.awaitText("got it");
            exec.await().exits(3);
        }
    }

    @Test
    void aDetachedExecsMasterIsSentToTheConsoleSocket(Sandbox box) throws IOException {
        try (DescriptorSocket socket = box.socket(); Container container = box.bundle().args("sleep", "1000").up("c")) {
            box.run("exec", "--tty", "--detach", "--console-socket", socket.path().toString(), container.id(),
                    "sh", "-c", "tty; sleep 1000").ok();
            try (Pty pty = socket.receivePty()) {
                pty.awaitText("/dev/pts/");
            }
        }
    }
}

package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caisson.it.harness.Attacker;
import dev.caisson.it.harness.Await;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Command;
import dev.caisson.it.harness.Container;
import dev.caisson.it.harness.DescriptorSocket;
import dev.caisson.it.harness.EngineMode;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Pty;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Sandbox;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every descriptor of every process that the runtime starts, with a caller that leaves many open (CVE-2016-9962, CVE-2024-21626). */
@RealContainers
class LeakedDescriptorsTest {

    /** What the caller has open besides: two that may be preserved, and folders, files and high numbers that are not. */
    private static final String OPEN = "3<first 4<second 5</ 6</etc 7</etc/passwd 8<>/dev/null 9<.";

    private static Bundle lister(Sandbox box) {
        box.file("first", "first");
        box.file("second", "second");
        return Attacker.into(box, box.bundle()).args("/bin/attacker", "descriptors");
    }

    private static String preserved(Sandbox box, int count) {
        return (count > 0 ? "\n3 " + box.dir().resolve("first") : "") + (count > 1 ? "\n4 " + box.dir().resolve("second") : "");
    }

    /** Without the standard streams' targets, which are files of the test's. */
    private static String shape(String list) {
        return list.strip().replaceAll("(?m)^([012]) .*/(out|err)-[0-9]+$", "$1 file").replace("\r", "");
    }

    @ParameterizedTest
    @CsvSource({"ONESHOT,0", "ONESHOT,2", "RESIDENT,0", "RESIDENT,1", "RESIDENT,2"})
    void aContainerHasWhatItIsGivenAndNoMore(EngineMode mode, int preserved, Sandbox box) throws IOException {
        String wanted = "0 /dev/null\n1 file\n2 file" + preserved(box, preserved);
        Bundle bundle = lister(box);
        String[] options = {"--preserve-fds", Integer.toString(preserved)};
        assertEquals(wanted, shape(bundle.command("run", "c", options).engine(mode).redirected(OPEN).run().ok()));

        try (Container created = bundle.opened(bundle.command("create", "c", options).engine(mode).redirected(OPEN), "c")) {
            created.start();
            created.awaitStatus("stopped");
            assertEquals(wanted, shape(created.output()));
        }
    }

    @ParameterizedTest
    @CsvSource({"ONESHOT,0", "RESIDENT,0", "RESIDENT,2"})
    void aContainerWithATerminalHasThatAndNoMore(EngineMode mode, int preserved, Sandbox box) throws IOException {
        Bundle bundle = lister(box).terminal();
        String wanted = "0 /dev/pts/0\n1 /dev/pts/0\n2 /dev/pts/0" + preserved(box, preserved);
        String[] options = {"--preserve-fds", Integer.toString(preserved)};
        try (Pty pty = new Pty()) {
            bundle.command("run", "c", options).engine(mode).terminal(pty).redirected(OPEN).run().ok();
            Await.until("it is shown", () -> shape(pty.screen()).equals(wanted));
        }
        try (DescriptorSocket socket = box.socket();
                Container created = bundle.opened(bundle.command("create", "d", "--preserve-fds", Integer.toString(preserved),
                        "--console-socket", socket.path().toString()).engine(mode).redirected(OPEN), "d");
                Pty pty = socket.receivePty()) {
            created.start();
            created.awaitStatus("stopped");
            Await.until("it is shown", () -> shape(pty.screen()).equals(wanted));
        }
    }

    @ParameterizedTest
    @CsvSource({"ONESHOT,0", "ONESHOT,1", "RESIDENT,0", "RESIDENT,2"})
    void anExecutedProcessHasWhatItIsGivenAndNoMore(EngineMode mode, int preserved, Sandbox box) throws IOException {
        try (Container container = lister(box).args("sleep", "1000").up("c")) {
            String[] line = {"exec", "--preserve-fds", Integer.toString(preserved), container.id(), "/bin/attacker", "descriptors"};
            assertEquals("0 /dev/null\n1 file\n2 file" + preserved(box, preserved),
                    shape(box.command(line).engine(mode).redirected(OPEN).run().ok()));

            Command terminal = box.command("exec", "--tty", "--preserve-fds", Integer.toString(preserved), container.id(), "/bin/attacker",
                    "descriptors");
            try (Pty pty = new Pty()) {
                terminal.engine(mode).terminal(pty).redirected(OPEN).run().ok();
                String wanted = "0 /dev/pts/0\n1 /dev/pts/0\n2 /dev/pts/0" + preserved(box, preserved);
                Await.until("it is shown", () -> shape(pty.screen()).equals(wanted));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"})
    void hooksHaveTheirStreamsAndNoMore(String kind, Sandbox box) {
        Path notes = Files.folder(box.dir().resolve("notes"));
        Bundle bundle = lister(box).args("true").bind(notes, notes.toString());
        String attacker = kind.equals("startContainer") ? "/bin/attacker" : box.dir().resolve("attacker").toString();
        bundle.hook(kind, "exec " + attacker + " descriptors > " + notes + "/list 2>/dev/null");
        for (EngineMode mode : List.of(EngineMode.ONESHOT, EngineMode.RESIDENT)) {
            bundle.command("run", "c").engine(mode).redirected(OPEN).run().ok();
            assertEquals("0 pipe\n1 " + notes + "/list\n2 /dev/null\n", Files.text(notes.resolve("list")), mode + " " + kind);
        }
    }
}

package dev.caisson.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.caisson.it.harness.Bundle;
import dev.caisson.it.harness.Files;
import dev.caisson.it.harness.Json;
import dev.caisson.it.harness.OnlyCaisson;
import dev.caisson.it.harness.RealContainers;
import dev.caisson.it.harness.Sandbox;
import dev.caisson.it.harness.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What {@code features} prints is of the specification's form, complete, and true. */
@RealContainers
@OnlyCaisson("runc 1.1 knows an earlier version of the specification")
class FeaturesTest {

    /** The table of config.md, "Linux mount options", without those for id mappings. */
    private static final String SPECIFIED = "async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev "
            + "nodiratime noexec noiversion nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev "
            + "rdiratime relatime remount rexec rnoatime rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate "
            + "rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow runbindable rw shared silent slave strictatime suid symfollow "
            + "sync tmpcopyup unbindable";

    private static JsonNode features(Sandbox box) {
        return Json.read(box.run("features").ok());
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    @Test
    void theyObeyTheSchema(Sandbox box) {
        Path folder = Target.above("shared/oci-schema").orElse(null);
        assumeTrue(folder != null, "the schemas are not beside this checkout");
        Schema schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_4, builder -> builder.schemas(
                iri -> Files.text(folder.resolve(iri.substring(iri.lastIndexOf('/') + 1)))))
                .getSchema(SchemaLocation.of("https://schemas.invalid/features-schema.json"));
        assertEquals(List.of(), schema.validate(box.run("features").ok(), InputFormat.JSON));
    }

    @Test
    void everyMountOptionOfTheSpecificationIsListed(Sandbox box) {
        List<String> listed = texts(features(box).get("mountOptions"));
        assertTrue(listed.containsAll(List.of(SPECIFIED.split(" "))), listed::toString);
        assertEquals(new TreeSet<>(listed).size(), listed.size());
    }

    /** Each on a mount of its own, all of them in one container. */
    @Test
    void everyMountOptionThatIsListedIsTaken(Sandbox box) {
        Bundle bundle = box.bundle().writable();
        for (String option : texts(features(box).get("mountOptions"))) {
            if (option.endsWith("bind")) {
                bundle.mount("/m/" + option, "none", box.dir().toString(), option);
            } else if (option.equals("remount")) {
                bundle.mount("/m/" + option, "tmpfs", "tmpfs").mount("/m/" + option, "tmpfs", "tmpfs", option);
            } else if (!option.endsWith("idmap")) {
                bundle.mount("/m/" + option, "tmpfs", "tmpfs", option);
            }
        }
        bundle.args("true").run().ok();
    }

    @Test
    void everythingOfSeccompIsListed(Sandbox box) {
        JsonNode seccomp = features(box).at("/linux/seccomp");
        assertTrue(seccomp.get("enabled").asBoolean());
        assertEquals(List.of("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
                "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"), texts(seccomp.get("actions")));
        assertEquals(7, seccomp.get("operators").size());
        assertEquals(23, seccomp.get("archs").size());
        assertEquals(List.of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"), texts(seccomp.get("knownFlags")));
        List<String> supported = texts(seccomp.get("supportedFlags"));
        assertTrue(supported.containsAll(List.of("SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC")),
                supported::toString);
    }
}

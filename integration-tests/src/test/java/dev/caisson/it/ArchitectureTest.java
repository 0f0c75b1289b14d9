package dev.caisson.it;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows between the modules: cli → linux → spec, cli → virtio, and nothing else. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.caisson.spec", "dev.caisson.linux", "dev.caisson.virtio", "dev.caisson.cli");

    @Test
    void modulesDependAlongTheArrowsAlone() {
        layeredArchitecture().consideringOnlyDependenciesInLayers()
                .layer("spec").definedBy("dev.caisson.spec..")
                .layer("linux").definedBy("dev.caisson.linux..")
                .optionalLayer("virtio").definedBy("dev.caisson.virtio..")
                .layer("cli").definedBy("dev.caisson.cli..")
                .whereLayer("cli").mayNotBeAccessedByAnyLayer()
                .whereLayer("virtio").mayOnlyBeAccessedByLayers("cli")
                .whereLayer("linux").mayOnlyBeAccessedByLayers("cli")
                .whereLayer("spec").mayOnlyBeAccessedByLayers("linux", "cli")
                .check(CLASSES);
    }

    @Test
    void modulesHaveNoCycles() {
        slices().matching("dev.caisson.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    /** The programs' entries: the engine's, that of a device served by hand, and what the build runs. */
    private static final DescribedPredicate<JavaClass> ENTRY = DescribedPredicate.describe("a program's entry",
            type -> type.getFullName().equals("dev.caisson.cli.engine.EngineMain") || type.getFullName().equals("dev.caisson.virtio.Serve")
                    || type.getPackageName().startsWith("dev.caisson.cli.build"));

    @Test
    void onlyEntriesEndTheVirtualMachine() {
        noClasses().that(not(ENTRY))
                .should().callMethod(System.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "exit", int.class)
                .orShould().callMethod(Runtime.class, "halt", int.class).check(CLASSES);
    }

    @Test
    void onlyEntriesWriteToTheStandardStreams() {
        noClasses().that(not(ENTRY))
                .should().accessField(System.class, "out")
                .orShould().accessField(System.class, "err").check(CLASSES);
    }

    @Test
    void theSpecificationKnowsNothingOfTheKernel() {
        noClasses().that().resideInAPackage("dev.caisson.spec..").should().dependOnClassesThat(resideInAPackage("com.sun.jna.."))
                .check(CLASSES);
    }

    @Test
    void systemCallsAreMadeInTheirOwnPackageAlone() {
        DescribedPredicate<JavaClass> bound = resideInAPackage("com.sun.jna..").and(DescribedPredicate.not(name("com.sun.jna.Memory")))
                .and(DescribedPredicate.not(name("com.sun.jna.Pointer")));
        noClasses().that().resideOutsideOfPackages("dev.caisson.linux.sys..", "dev.caisson.virtio..")
                .should().dependOnClassesThat(bound).check(CLASSES);
    }
}

package dev.caisson.spec;

import java.util.List;
import java.util.Map;

/**
 * A container's configuration: the whole of config.json (config.md). Sections for other platforms ({@code windows}, {@code solaris},
 * {@code vm}, {@code zos}, {@code freebsd}) are accepted in the file and not kept.
 *
 * @param ociVersion  version of the specification the bundle complies with, SemVer 2.0 ("Specification version"); {@code 1.x.y}
 * @param process     what runs in the container ("Process"); null when absent: such a container can be created but not started
 * @param root        the root filesystem ("Root"); null when absent
 * @param hostname    the container's host name, set in its UTS namespace ("Hostname"); null when absent
 * @param domainname  the container's NIS domain name, set in its UTS namespace ("Domainname"); null when absent
 * @param mounts      additional mounts beyond the root, done in this order ("Mounts")
 * @param hooks       programs run at points of the lifecycle ("POSIX-platform Hooks"); null when absent
 * @param annotations arbitrary metadata ("Annotations"); keys are not empty
 * @param linux       the Linux section (config-linux.md); null when absent
 */
public record Spec(String ociVersion, Process process, Root root, String hostname, String domainname, List<Mount> mounts,
                   Hooks hooks, Map<String, String> annotations, Linux linux) {

    /** The version of the specification that these records follow. */
    public static final String VERSION = "1.3.0";

    /** Copies the mounts and annotations. */
    public Spec {
        mounts = Copies.list(mounts);
        annotations = Copies.map(annotations);
    }

    /** The same with another Linux section. */
    public Spec with(Linux section) {
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, hooks, annotations, section);
    }

    /** The same with other hooks. */
    public Spec with(Hooks other) {
        return new Spec(ociVersion, process, root, hostname, domainname, mounts, other, annotations, linux);
    }
}

package dev.caisson.linux.launch;

import dev.caisson.spec.Namespace;
import java.util.List;

/** Namespaces as clone(2) and setns(2) name them. */
public final class Namespaces {

    private Namespaces() {}

    /** CLONE_NEW… of all the namespaces that a container has apart from the host's, whether made for it or joined. */
    public static long flags(List<Namespace> namespaces) {
        long flags = 0;
        for (Namespace namespace : namespaces) {
            flags |= NamespaceSteps.flag(namespace.type());
        }
        return flags;
    }
}

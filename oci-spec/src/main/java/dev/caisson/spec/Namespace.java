package dev.caisson.spec;

/**
 * A namespace of the container (config-linux.md, "Namespaces").
 *
 * @param type what it isolates
 * @param path absolute path, in the runtime's mount namespace, of the namespace to join; null to make a new one
 */
public record Namespace(NamespaceType type, String path) {
}

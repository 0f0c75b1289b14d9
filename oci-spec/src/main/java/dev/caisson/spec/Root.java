package dev.caisson.spec;

/**
 * The container's root filesystem (config.md, "Root").
 *
 * @param path     directory on the host, absolute or relative to the bundle
 * @param readonly whether the root is read-only inside the container
 */
public record Root(String path, boolean readonly) {
}

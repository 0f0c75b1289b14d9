package dev.caisson.cli.lifecycle;

/**
 * What {@code run} is asked for.
 *
 * @param create as for {@code create}
 * @param detach return as soon as the container runs
 * @param keep   leave the stopped container's state for {@code delete}
 */
public record RunOptions(CreateOptions create, boolean detach, boolean keep) {}

package dev.caisson.cli.lifecycle;

import java.nio.file.Path;

/**
 * What {@code plan} is asked for.
 *
 * @param create  how the container would be created; the id may be a made-up one
 * @param process a file that holds a process as JSON, absolute: print the plan of {@code exec}; or null
 */
public record PlanOptions(CreateOptions create, Path process) {}

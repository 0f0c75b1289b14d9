package dev.caisson.spec;

/**
 * The CPUs of a process that {@code exec} adds (config.md, "Linux Process", {@code execCPUAffinity}), as lists like {@code 0-3,7}.
 *
 * @param initial   CPUs to run on before the process enters the container's cgroup; null leaves them as they are
 * @param finalCpus JSON {@code final}: CPUs to run on once it is in the cgroup; null leaves them as they are
 */
public record CPUAffinity(String initial, String finalCpus) {
}

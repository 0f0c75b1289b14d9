package dev.caisson.spec;

/**
 * I/O priority of the process, see ioprio_set(2) (config.md, "Linux Process", {@code ioPriority}).
 *
 * @param priorityClass JSON {@code class}: {@code IOPRIO_CLASS_RT}, {@code IOPRIO_CLASS_BE} or {@code IOPRIO_CLASS_IDLE}
 * @param priority      0 (first served) to 7; 0 when absent
 */
public record IOPriority(String priorityClass, int priority) {
}

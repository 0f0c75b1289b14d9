package dev.caisson.spec;

/**
 * A network interface to move into the container (config-linux.md, "Network Devices").
 *
 * @param name its name in the container; null keeps the name it has on the host
 */
public record NetDevice(String name) {
}

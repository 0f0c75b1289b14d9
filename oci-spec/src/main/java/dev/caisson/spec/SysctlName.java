package dev.caisson.spec;

/**
 * The name of a kernel parameter, written with dots or slashes as in sysctl(8): the separator that comes first is the one that
 * separates, the other one stands for itself exchanged. {@code net.ipv4.conf.eth0/1.mtu} and {@code net/ipv4/conf/eth0.1/mtu} are
 * the same.
 *
 * @param dotted the name with dots as separators, e.g. {@code net.ipv4.conf.eth0/1.mtu}
 * @param path   the path below /proc/sys, relative, e.g. {@code net/ipv4/conf/eth0.1/mtu}; no part of it is empty, {@code .} or
 *               {@code ..}
 */
public record SysctlName(String dotted, String path) {

    /** The parsed name, or null when it is empty, contains NUL, or leads out of /proc/sys. */
    public static SysctlName parse(String name) {
        int slash = name.indexOf('/');
        int dot = name.indexOf('.');
        boolean slashed = slash >= 0 && (dot < 0 || slash < dot);
        String path = slashed ? name : exchange(name);
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
                return null;
            }
        }
        return new SysctlName(slashed ? exchange(name) : name, path);
    }

    private static String exchange(String name) {
        StringBuilder exchanged = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '.') {
                exchanged.setCharAt(i, '/');
            } else if (name.charAt(i) == '/') {
                exchanged.setCharAt(i, '.');
            }
        }
        return exchanged.toString();
    }
}

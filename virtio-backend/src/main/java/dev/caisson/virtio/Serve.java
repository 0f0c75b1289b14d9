package dev.caisson.virtio;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import dev.caisson.virtio.transport.vhostuser.VhostUserServer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Serves one device at a vhost-user socket until it is ended: the way to try a back-end by hand.
 *
 * <pre>
 *   Serve SOCKET blk file=PATH[,readonly][,queues=N][,id=TEXT][,block-size=BYTES]
 * </pre>
 */
public final class Serve {

    private Serve() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || arguments.length > 3) {
            System.err.println("usage: Serve SOCKET DEVICE [KEY=VALUE,…]");
            System.exit(2);
        }
        if (System.getProperty("java.util.logging.SimpleFormatter.format") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", "%4$s: %5$s%6$s%n");
        }
        try {
            Device device = device(arguments[1], options(arguments.length == 3 ? arguments[2] : ""));
            VhostUserServer server = VhostUserServer.listen(arguments[0], device);
            Runtime.getRuntime().addShutdownHook(new Thread(server::close));
            System.err.println("serving " + device.name() + " at " + arguments[0]);
        } catch (IOException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
        new CountDownLatch(1).await();
    }

    private static Device device(String kind, Map<String, String> options) throws IOException {
        Device device = switch (kind) {
            case "blk" -> new BlockDevice(
                    FileDisk.open(required(options, "file"), options.remove("readonly") != null, number(options, "block-size", 512)),
                    options.getOrDefault("id", "caisson"), number(options, "queues", 1));
            default -> throw new IllegalArgumentException("there is no device " + kind);
        };
        options.remove("id");
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("a %s has no option %s".formatted(kind, options.keySet().iterator().next()));
        }
        return device;
    }

    private static Map<String, String> options(String text) {
        Map<String, String> options = new LinkedHashMap<>();
        for (String option : text.isEmpty() ? new String[0] : text.split(",")) {
            int equals = option.indexOf('=');
            options.put(equals < 0 ? option : option.substring(0, equals), equals < 0 ? "" : option.substring(equals + 1));
        }
        return options;
    }

    private static String required(Map<String, String> options, String key) {
        String value = options.remove(key);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("the option %s=… is missing".formatted(key));
        }
        return value;
    }

    private static int number(Map<String, String> options, String key, int otherwise) {
        String value = options.remove(key);
        return value == null ? otherwise : Integer.parseInt(value);
    }
}

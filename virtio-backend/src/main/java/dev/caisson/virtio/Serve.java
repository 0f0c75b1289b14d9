package dev.caisson.virtio;

import dev.caisson.virtio.device.Device;
import dev.caisson.virtio.device.blk.BlockDevice;
import dev.caisson.virtio.device.blk.FileDisk;
import dev.caisson.virtio.device.console.ConsoleDevice;
import dev.caisson.virtio.device.console.PortStream;
import dev.caisson.virtio.device.gpio.GpioDevice;
import dev.caisson.virtio.device.gpio.SimulatedGpioChip;
import dev.caisson.virtio.device.i2c.HostI2cBus;
import dev.caisson.virtio.device.i2c.I2cBus;
import dev.caisson.virtio.device.i2c.I2cDevice;
import dev.caisson.virtio.device.i2c.SimulatedI2cBus;
import dev.caisson.virtio.device.net.NetDevice;
import dev.caisson.virtio.device.net.NetPeer;
import dev.caisson.virtio.device.net.SocketPeer;
import dev.caisson.virtio.device.net.TapPeer;
import dev.caisson.virtio.device.rng.EntropyDevice;
import dev.caisson.virtio.device.vsock.VsockDevice;
import dev.caisson.virtio.sys.Sys;
import dev.caisson.virtio.transport.vhostuser.VhostUserServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/**
 * Serves one device at a vhost-user socket until it is ended: the way to try a back-end by hand.
 *
 * <pre>
 *   Serve SOCKET blk file=PATH[,readonly][,queues=N][,id=TEXT][,block-size=BYTES]
 *   Serve SOCKET rng
 *   Serve SOCKET console [console=PATH][,NAME=PATH…]     a port for each, at a unix socket of its own
 *   Serve SOCKET net tap=NAME|peer=PATH[,mac=ADDRESS][,pairs=N][,mtu=BYTES]
 *   Serve SOCKET vsock cid=N,path=PATH
 *   Serve SOCKET i2c [bus=PATH,]chips=ADDRESS[:ADDRESS…]     in hexadecimal; a simulated bus if none is named
 *   Serve SOCKET gpio lines=NAME[:NAME…]                     simulated
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
                    optional(options, "id", "caisson"), number(options, "queues", 1));
            case "rng" -> EntropyDevice.open();
            case "console" -> new ConsoleDevice(ports(options));
            case "net" -> new NetDevice(peers(options, number(options, "pairs", 1)),
                    NetDevice.macAddress(optional(options, "mac", "02:ca:15:50:00:01")), number(options, "mtu", 0));
            case "vsock" -> new VsockDevice(number(options, "cid", 3), required(options, "path"));
            case "i2c" -> new I2cDevice(bus(options));
            case "gpio" -> new GpioDevice(new SimulatedGpioChip(List.of(required(options, "lines").split(":"))));
            default -> throw new IllegalArgumentException("there is no device " + kind);
        };
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("a %s has no option %s".formatted(kind, options.keySet().iterator().next()));
        }
        return device;
    }

    private static List<PortStream> ports(Map<String, String> options) throws IOException {
        List<PortStream> ports = new ArrayList<>();
        for (Map.Entry<String, String> option : options.entrySet()) {
            Sys.unlink(option.getValue());
            ports.add(PortStream.listening(option.getKey(), option.getKey().equals("console"), Sys.listen(option.getValue())));
        }
        options.clear();
        return ports;
    }

    private static List<NetPeer> peers(Map<String, String> options, int pairs) throws IOException {
        String peer = options.remove("peer");
        return peer != null ? List.of(new SocketPeer(Sys.connect(peer, Sys.SOCK_DGRAM))) : TapPeer.open(required(options, "tap"), pairs);
    }

    private static I2cBus bus(Map<String, String> options) throws IOException {
        String path = options.remove("bus");
        int[] chips = Arrays.stream(required(options, "chips").split(":")).mapToInt(chip -> Integer.parseInt(chip, 16)).toArray();
        return path == null ? new SimulatedI2cBus(chips)
                : new HostI2cBus(path, Arrays.stream(chips).boxed().collect(Collectors.toSet()));
    }

    private static String optional(Map<String, String> options, String key, String otherwise) {
        String value = options.remove(key);
        return value == null ? otherwise : value;
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

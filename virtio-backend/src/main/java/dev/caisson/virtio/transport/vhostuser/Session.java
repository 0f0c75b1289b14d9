package dev.caisson.virtio.transport.vhostuser;

import static dev.caisson.virtio.transport.vhostuser.MessageDescriptor.*;

import dev.caisson.virtio.device.DeviceHost;
import dev.caisson.virtio.memory.DirtyLog;
import dev.caisson.virtio.memory.GuestMemory;
import dev.caisson.virtio.memory.MemoryRegion;
import dev.caisson.virtio.queue.QueueException;
import dev.caisson.virtio.queue.QueueFeatures;
import dev.caisson.virtio.queue.QueueLayout;
import dev.caisson.virtio.queue.Virtqueue;
import dev.caisson.virtio.sys.Fd;
import dev.caisson.virtio.sys.MessageSocket;
import dev.caisson.virtio.sys.Sys;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * One front-end's connection, from its first message to its last. What it sends that can't be ends the connection with one line in the log;
 * what fails for other reasons is answered with a 1 where an answer was asked for, and ends the connection elsewhere.
 *
 * <p>{@link #run} does everything on its caller's thread; {@link #end} may be called from any.
 */
final class Session implements AutoCloseable {

    private static final Logger LOG = System.getLogger(Session.class.getName());
    private static final int INFLIGHT_ALIGNMENT = 64;
    private static final int BACKEND_CONFIG_CHANGE = 2;

    private final DeviceHost host;
    private final MessageSocket socket;
    private final Message message = new Message();
    private final Ring[] rings;

    private long features;
    private long protocolFeatures;
    private long status;
    private GuestMemory memory = GuestMemory.empty();
    private MemoryRegion log;
    private MemoryRegion inflight;
    private int inflightQueues;
    private int inflightEntries;
    private Fd backendRequests;

    /** Takes over {@code connection}. */
    Session(DeviceHost host, Fd connection) {
        this.host = host;
        this.socket = new MessageSocket(connection);
        this.rings = new Ring[host.device().queueCount()];
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new Ring();
        }
        host.onConfigChange(this::configChanged);
    }

    /** Serves the connection until it ends. */
    void run() {
        try {
            while (message.receive(socket)) {
                serve();
            }
            LOG.log(Level.DEBUG, "{0}: the front-end has closed its connection", host.device().name());
        } catch (IOException | QueueException e) {
            LOG.log(Level.WARNING, "{0}: the connection is ended: {1}", host.device().name(), e.getMessage());
        } catch (InternalError e) {
            LOG.log(Level.WARNING, "{0}: the connection is ended: a memory file was truncated", host.device().name());
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, host.device().name() + ": the connection is ended by a fault of the back-end's", e);
        }
    }

    /** Ends the connection, and thereby {@link #run}. */
    void end() {
        socket.shutdown();
    }

    /** Stops the device and lets go of the front-end's memory. */
    @Override
    public void close() {
        host.onConfigChange(() -> {});
        host.reset();
        host.memory(GuestMemory.empty());
        memory.regions().forEach(MemoryRegion::close);
        closeRegion(log);
        closeRegion(inflight);
        synchronized (this) {
            Fd.closeAll(backendRequests);
            backendRequests = null;
        }
        message.close();
        socket.close();
    }

    private void serve() throws IOException, QueueException {
        // User Mode Linux wants it of SET_PROTOCOL_FEATURES already, so having negotiated it is not asked for.
        boolean wantsReply = message.needsReply();
        LOG.log(Level.TRACE, "{0}: {1}, {2} bytes, {3}", host.device().name(), message.request(), message.size(),
                wantsReply ? "to be acknowledged" : "");
        boolean isAnswered;
        try {
            isAnswered = dispatch();
        } catch (ProtocolException e) {
            throw e;
        } catch (IOException | QueueException e) {
            if (!wantsReply) {
                throw e;
            }
            LOG.log(Level.WARNING, "{0}: {1} failed: {2}", host.device().name(), message.request(), e.getMessage());
            replyU64(1);
            return;
        }
        if (wantsReply && !isAnswered) {
            replyU64(0);
        }
    }

    /** Does what the message asks; true if that included an answer. */
    private boolean dispatch() throws IOException, QueueException {
        switch (message.request()) {
            case GET_FEATURES -> {
                return replyU64(offeredFeatures());
            }
            case SET_FEATURES -> setFeatures(message.u64(0));
            case SET_OWNER, RESET_OWNER, SET_LOG_FD -> { }
            case SET_MEM_TABLE -> setMemoryTable();
            case SET_LOG_BASE -> {
                return setLogBase();
            }
            case SET_VRING_NUM -> ring(message.u32(0)).size(message.u32(4));
            case SET_VRING_ADDR -> setAddresses();
            case SET_VRING_BASE -> setBase();
            case GET_VRING_BASE -> {
                return getBase();
            }
            case SET_VRING_KICK -> setKick();
            case SET_VRING_CALL -> host.callBy(queueOfDescriptor(), message.takeDescriptor());
            case SET_VRING_ERR -> host.errorBy(queueOfDescriptor(), message.takeDescriptor());
            case GET_PROTOCOL_FEATURES -> {
                return replyU64(ProtocolFeatures.OFFERED);
            }
            case SET_PROTOCOL_FEATURES -> setProtocolFeatures(message.u64(0));
            case GET_QUEUE_NUM -> {
                return replyU64(host.device().advertisedQueues());
            }
            case SET_VRING_ENABLE -> setEnabled();
            case SET_BACKEND_REQ_FD -> setBackendRequests();
            case GET_CONFIG -> {
                return getConfig();
            }
            case SET_CONFIG -> setConfig();
            case GET_INFLIGHT_FD -> {
                return getInflight();
            }
            case SET_INFLIGHT_FD -> setInflight();
            case RESET_DEVICE -> {
                require(ProtocolFeatures.RESET_DEVICE);
                resetDevice();
            }
            case GET_MAX_MEM_SLOTS -> {
                require(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
                return replyU64(GuestMemory.MOST_REGIONS);
            }
            case ADD_MEM_REG -> addRegion();
            case REM_MEM_REG -> removeRegion();
            case SET_STATUS -> setStatus(message.u64(0));
            case GET_STATUS -> {
                require(ProtocolFeatures.STATUS);
                return replyU64(status);
            }
        }
        return false;
    }

    // Features and status.

    private long offeredFeatures() {
        return host.offeredFeatures() | ProtocolFeatures.PROTOCOL_FEATURES | ProtocolFeatures.LOG_ALL;
    }

    private void setFeatures(long accepted) throws ProtocolException {
        long unknown = accepted & ~offeredFeatures();
        if (unknown != 0) {
            throw new ProtocolException("the features 0x%x are accepted, but weren't offered".formatted(unknown));
        }
        features = accepted;
        host.negotiate(accepted);
        if ((accepted & ProtocolFeatures.PROTOCOL_FEATURES) == 0) {
            for (int i = 0; i < rings.length; i++) {
                rings[i].enable(true);
                host.enable(i, true);
            }
        }
        applyLog();
    }

    private void setProtocolFeatures(long accepted) throws ProtocolException {
        long unknown = accepted & ~ProtocolFeatures.OFFERED;
        if (unknown != 0) {
            throw new ProtocolException("the protocol features 0x%x are accepted, but weren't offered".formatted(unknown));
        }
        protocolFeatures = accepted;
    }

    private void setStatus(long newStatus) throws ProtocolException {
        require(ProtocolFeatures.STATUS);
        status = newStatus & 0xff;
        if (status == 0) {
            resetDevice();
        }
    }

    private void resetDevice() {
        host.reset();
        for (int i = 0; i < rings.length; i++) {
            rings[i] = new Ring();
        }
        features = 0;
        status = 0;
    }

    // Memory.

    private void setMemoryTable() throws IOException {
        int count = message.u32(0);
        // User Mode Linux sends room for regions that it does not have.
        if (count < 0 || count > MOST_REGIONS || message.size() < REGIONS_HEADER_BYTES + (long) count * REGION_BYTES
                || message.descriptorCount() != count) {
            throw new ProtocolException("SET_MEM_TABLE of %d regions has %d bytes and %d descriptors"
                    .formatted(count, message.size(), message.descriptorCount()));
        }
        List<MemoryRegion> regions = new ArrayList<>();
        GuestMemory table;
        try {
            for (int i = 0; i < count; i++) {
                regions.add(mapRegion(REGIONS_HEADER_BYTES + i * REGION_BYTES));
            }
            table = GuestMemory.of(regions);
        } catch (IOException e) {
            regions.forEach(MemoryRegion::close);
            throw e;
        }
        List<MemoryRegion> old = memory.regions();
        changeMemory(table);
        old.forEach(MemoryRegion::close);
    }

    private void addRegion() throws IOException {
        require(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
        if (message.descriptorCount() != 1) {
            throw new ProtocolException("ADD_MEM_REG without a descriptor");
        }
        MemoryRegion region = mapRegion(8);
        try {
            changeMemory(memory.with(region));
        } catch (IOException e) {
            region.close();
            throw e;
        }
    }

    private void removeRegion() throws IOException {
        require(ProtocolFeatures.CONFIGURE_MEM_SLOTS);
        message.closeDescriptors();
        for (MemoryRegion region : memory.regions()) {
            if (region.guestAddress() == message.u64(8) && region.size() == message.u64(16)
                    && region.userAddress() == message.u64(24)) {
                changeMemory(memory.without(region));
                region.close();
                return;
            }
        }
        throw new IOException("there is no region at guest address 0x%x".formatted(message.u64(8)));
    }

    private MemoryRegion mapRegion(int at) throws IOException {
        try (Fd file = message.takeDescriptor()) {
            MemoryRegion region = MemoryRegion.map(
                    file, message.u64(at + 24), message.u64(at), message.u64(at + 16), message.u64(at + 8));
            LOG.log(Level.DEBUG, "{0}: memory at guest address {1}, {2} bytes, {3}", host.device().name(),
                    region.guestAddress(), region.size(), region.isSealed() ? "sealed" : "not sealed against truncation");
            return region;
        }
    }

    private void changeMemory(GuestMemory table) {
        host.memory(table);
        memory = table;
    }

    // The log of written pages.

    private boolean setLogBase() throws IOException {
        require(ProtocolFeatures.LOG_SHMFD);
        if (message.size() != LOG_BYTES || message.descriptorCount() != 1 || message.u64(8) % Long.BYTES != 0) {
            throw new ProtocolException("SET_LOG_BASE has %d bytes, offset %d and %d descriptors"
                    .formatted(message.size(), message.u64(8), message.descriptorCount()));
        }
        MemoryRegion old = log;
        try (Fd file = message.takeDescriptor()) {
            log = MemoryRegion.map(file, message.u64(8), 0, 0, message.u64(0));
        }
        applyLog();
        closeRegion(old);
        return replyU64(0);
    }

    private void applyLog() {
        for (int i = 0; i < rings.length; i++) {
            applyLog(i);
        }
    }

    private void applyLog(int queue) {
        boolean isOn = log != null && (features & ProtocolFeatures.LOG_ALL) != 0;
        host.dirtyLog(queue, isOn ? new DirtyLog(log.segment()) : null, rings[queue].logAddress());
    }

    // Queues.

    private void setAddresses() throws ProtocolException {
        int index = message.u32(0);
        boolean isLogged = (message.u32(4) & ADDRESS_F_LOG) != 0;
        ring(index).addresses(message.u64(8), message.u64(16), message.u64(24), isLogged ? message.u64(32) : -1);
        applyLog(index);
    }

    private void setBase() throws ProtocolException {
        int index = message.u32(0);
        if (host.isStarted(index(index))) {
            throw new ProtocolException("SET_VRING_BASE for queue %d, which runs".formatted(index));
        }
        rings[index].base(message.u32(4));
    }

    private boolean getBase() throws IOException {
        int index = index(message.u32(0));
        host.stop(index).ifPresent(rings[index]::base);
        message.put32(4, rings[index].baseOr(startPosition()));
        message.reply(socket, STATE_BYTES);
        return true;
    }

    private void setKick() throws ProtocolException {
        int index = queueOfDescriptor();
        Fd kick = message.takeDescriptor();
        if (kick == null) {
            throw new ProtocolException("queue %d is to be polled, which is not served".formatted(index));
        }
        Ring ring = rings[index];
        if (!ring.isDescribed()) {
            kick.close();
            throw new ProtocolException("SET_VRING_KICK for queue %d before its size and addresses".formatted(index));
        }
        try {
            host.start(index, ring.layout(memory), memory, ring.baseOr(startPosition()), inflightOf(index), inflightEntries);
        } catch (QueueException e) {
            // Where a queue is was the driver's to say: its next driver may do better.
            kick.close();
            LOG.log(Level.WARNING, "{0}: queue {1} can''t start: {2}", host.device().name(), index, e.getMessage());
            return;
        }
        applyLog(index);
        host.kickBy(index, kick);
        host.enable(index, ring.isEnabled());
    }

    private void setEnabled() throws ProtocolException {
        // QEMU 7.2 sends it without having accepted VHOST_USER_F_PROTOCOL_FEATURES.
        int index = message.u32(0);
        int enable = message.u32(4);
        if (enable != 0 && enable != 1) {
            throw new ProtocolException("SET_VRING_ENABLE with %d".formatted(enable));
        }
        ring(index).enable(enable == 1);
        host.enable(index, enable == 1);
    }

    private int startPosition() {
        return Virtqueue.start(QueueFeatures.of(features).packed());
    }

    private int queueOfDescriptor() throws ProtocolException {
        long payload = message.u64(0);
        int index = index((int) (payload & QUEUE_MASK));
        boolean hasNone = (payload & NO_DESCRIPTOR) != 0;
        if (hasNone != (message.descriptorCount() == 0)) {
            throw new ProtocolException("%s for queue %d with %d descriptors"
                    .formatted(message.request(), index, message.descriptorCount()));
        }
        return index;
    }

    private Ring ring(int index) throws ProtocolException {
        return rings[index(index)];
    }

    private int index(int index) throws ProtocolException {
        if (index < 0 || index >= rings.length) {
            throw new ProtocolException("%s for queue %d of %d"
                    .formatted(message.request(), Integer.toUnsignedLong(index), rings.length));
        }
        return index;
    }

    // Configuration.

    private boolean getConfig() throws IOException {
        require(ProtocolFeatures.CONFIG);
        int offset = message.u32(0);
        int size = message.u32(4);
        if (offset < 0 || size < 0 || offset > MOST_CONFIG_BYTES - size || message.size() > CONFIG_HEADER_BYTES + size) {
            throw new ProtocolException("GET_CONFIG of %d bytes at %d".formatted(size, offset));
        }
        host.device().readConfig(offset, message.payload(CONFIG_HEADER_BYTES, size));
        message.reply(socket, CONFIG_HEADER_BYTES + size);
        return true;
    }

    private void setConfig() throws IOException {
        require(ProtocolFeatures.CONFIG);
        int offset = message.u32(0);
        int size = message.u32(4);
        if (offset < 0 || size < 0 || offset > MOST_CONFIG_BYTES - size || message.size() != CONFIG_HEADER_BYTES + size) {
            throw new ProtocolException("SET_CONFIG of %d bytes at %d".formatted(size, offset));
        }
        if (!host.device().writeConfig(offset, message.payload(CONFIG_HEADER_BYTES, size))) {
            throw new IOException("%d bytes of configuration at %d can't be written".formatted(size, offset));
        }
    }

    private void setBackendRequests() throws ProtocolException {
        require(ProtocolFeatures.BACKEND_REQ);
        if (message.descriptorCount() != 1) {
            throw new ProtocolException("SET_BACKEND_REQ_FD without a descriptor");
        }
        synchronized (this) {
            Fd.closeAll(backendRequests);
            backendRequests = message.takeDescriptor();
        }
    }

    /** Tells the front-end. On any thread. It may be a pipe as well as a socket, so it is written to. */
    private synchronized void configChanged() {
        if (backendRequests == null || !hasProtocol(ProtocolFeatures.CONFIG)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment request = arena.allocate(HEADER_BYTES, 4);
            request.set(ValueLayout.JAVA_INT, REQUEST, BACKEND_CONFIG_CHANGE);
            request.set(ValueLayout.JAVA_INT, FLAGS, VERSION);
            Sys.setNonBlocking(backendRequests.number());
            long n = Sys.write(backendRequests.number(), request.address(), HEADER_BYTES);
            if (n != HEADER_BYTES) {
                LOG.log(Level.WARNING, "{0}: the front-end can''t be told of a change", host.device().name());
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, e.getMessage());
        }
    }

    // What is being processed, kept where a successor finds it.

    private boolean getInflight() throws IOException {
        require(ProtocolFeatures.INFLIGHT_SHMFD);
        int queues = message.u16(16);
        int entries = message.u16(18);
        checkInflight(queues, entries);
        long size = queues * inflightStride(entries);
        try (Fd file = Sys.memfd("caisson-inflight", size)) {
            Sys.seal(file.number(), Sys.F_SEAL_SHRINK);
            message.put64(0, size);
            message.put64(8, 0);
            message.reply(socket, (int) message.size(), file);
        }
        return true;
    }

    private void setInflight() throws IOException {
        require(ProtocolFeatures.INFLIGHT_SHMFD);
        int queues = message.u16(16);
        int entries = message.u16(18);
        checkInflight(queues, entries);
        if (message.descriptorCount() != 1 || message.u64(0) < queues * inflightStride(entries)
                || message.u64(8) % Long.BYTES != 0) {
            throw new ProtocolException("SET_INFLIGHT_FD of %d bytes at %d with %d descriptors"
                    .formatted(message.u64(0), message.u64(8), message.descriptorCount()));
        }
        for (int i = 0; i < rings.length; i++) {
            if (inflight != null && host.isStarted(i)) {
                throw new ProtocolException("SET_INFLIGHT_FD while queue %d runs".formatted(i));
            }
        }
        closeRegion(inflight);
        try (Fd file = message.takeDescriptor()) {
            inflight = MemoryRegion.map(file, message.u64(8), 0, 0, message.u64(0));
        }
        inflightQueues = queues;
        inflightEntries = entries;
    }

    private void checkInflight(int queues, int entries) throws ProtocolException {
        if (queues < 1 || queues > rings.length || entries < 1 || entries > QueueLayout.LARGEST) {
            throw new ProtocolException("%s for %d queues of %d".formatted(message.request(), queues, entries));
        }
    }

    private MemorySegment inflightOf(int queue) {
        if (inflight == null || queue >= inflightQueues) {
            return null;
        }
        long stride = inflightStride(inflightEntries);
        return inflight.segment().asSlice(queue * stride, stride);
    }

    /** Room for either kind of queue: the front-end may ask before it has chosen one. */
    private static long inflightStride(int entries) {
        long most = Math.max(Virtqueue.inflightBytes(false, entries), Virtqueue.inflightBytes(true, entries));
        return (most + INFLIGHT_ALIGNMENT - 1) / INFLIGHT_ALIGNMENT * INFLIGHT_ALIGNMENT;
    }

    // Helpers.

    private boolean replyU64(long value) throws IOException {
        message.put64(0, value);
        message.reply(socket, U64_BYTES);
        return true;
    }

    private boolean hasProtocol(long feature) {
        return (protocolFeatures & feature) != 0;
    }

    private void require(long feature) throws ProtocolException {
        if (!hasProtocol(feature)) {
            throw new ProtocolException("%s without its protocol feature".formatted(message.request()));
        }
    }

    private static void closeRegion(MemoryRegion region) {
        if (region != null) {
            region.close();
        }
    }
}

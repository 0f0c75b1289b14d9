package dev.caisson.virtio.sys;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

/**
 * A thread that waits for descriptors to become ready (epoll(7)) and hands each to its handler. It sleeps while there is nothing to do, and
 * allocates nothing as it runs. Handlers, deferred work and calls run on the loop's thread alone, so that what they share needs no lock.
 *
 * <pre>
 *   struct epoll_event (sys/epoll.h): 12 bytes on x86-64, 16 elsewhere
 *    0        4            12              0        4        8            16
 *   +--------+------------+               +--------+--------+------------+
 *   | events | data       |       or      | events |        | data       |
 *   +--------+------------+               +--------+--------+------------+
 * </pre>
 */
public final class EventLoop implements AutoCloseable {

    public static final int IN = 1;
    public static final int OUT = 4;
    public static final int ERROR = 8;
    public static final int HANGUP = 16;
    /** Report a descriptor once for every time that it becomes ready, read or not. */
    public static final int EDGE = 1 << 31;

    private static final Logger LOG = System.getLogger(EventLoop.class.getName());
    private static final int ADD = 1;
    private static final int REMOVE = 2;
    private static final int CHANGE = 3;
    private static final boolean IS_PACKED = System.getProperty("os.arch").equals("amd64");
    private static final int EVENT_BYTES = IS_PACKED ? 12 : 16;
    private static final int EVENT_DATA = IS_PACKED ? 4 : 8;
    private static final int MOST_EVENTS = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment events = arena.allocate((long) EVENT_BYTES * MOST_EVENTS, 8);
    private final MemorySegment request = arena.allocate(EVENT_BYTES, 8);
    private final Fd epoll;
    private final Fd wake;
    private final Thread thread;
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final List<Registration> registrations = new ArrayList<>();
    private ArrayDeque<Runnable> deferred = new ArrayDeque<>();
    private ArrayDeque<Runnable> deferredBefore = new ArrayDeque<>();
    private volatile boolean isClosing;

    /** What is done about a descriptor that is ready. */
    @FunctionalInterface
    public interface Handler {
        /** @param events which of {@link #IN}, {@link #OUT}, {@link #ERROR} and {@link #HANGUP} hold */
        void ready(int events);
    }

    /** A descriptor that the loop watches. Used on the loop's thread alone. */
    public final class Registration implements AutoCloseable {

        private final int fd;
        private final Handler handler;
        private final int index;
        private int watched;
        private boolean isOpen = true;

        private Registration(int fd, Handler handler, int index) {
            this.fd = fd;
            this.handler = handler;
            this.index = index;
        }

        /** Waits for other events from now on; for 0, not even for errors, which would be reported again and again. */
        public void change(int interest) {
            if (interest == watched) {
                return;
            }
            try {
                control(interest == 0 ? REMOVE : watched == 0 ? ADD : CHANGE, fd, interest, index);
                watched = interest;
            } catch (SysException e) {
                LOG.log(Level.WARNING, e.getMessage());
            }
        }

        /** Watches it no more; the descriptor itself stays open. */
        @Override
        public void close() {
            if (isOpen) {
                change(0);
                isOpen = false;
                registrations.set(index, null);
            }
        }
    }

    /** Starts it. {@code name} is the thread's. */
    public EventLoop(String name) throws SysException {
        epoll = Sys.epoll();
        wake = Sys.eventfd();
        control(ADD, wake.number(), IN, -1);
        thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /**
     * Watches {@code fd}. On the loop's thread alone.
     *
     * @param interest {@link #IN}, {@link #OUT}, both or neither; and {@link #EDGE}
     * @throws SysException if it is of a kind that can't be waited for
     */
    public Registration register(int fd, int interest, Handler handler) throws SysException {
        int index = registrations.indexOf(null);
        if (index < 0) {
            index = registrations.size();
            registrations.add(null);
        }
        Registration registration = new Registration(fd, handler, index);
        if (interest != 0) {
            control(ADD, fd, interest, index);
            registration.watched = interest;
        }
        registrations.set(index, registration);
        return registration;
    }

    /** Runs {@code work} after the descriptors that are ready now have had their turn. On the loop's thread alone. */
    public void defer(Runnable work) {
        deferred.add(work);
    }

    /** Runs {@code work} on the loop's thread, some time. From any thread. */
    public void post(Runnable work) {
        calls.add(work);
        Wake.send(wake.number());
    }

    /**
     * Runs {@code work} on the loop's thread and waits for its end. From any thread, the loop's own included.
     *
     * @throws RuntimeException what {@code work} threw
     */
    public void call(Runnable work) {
        if (Thread.currentThread() == thread || !thread.isAlive()) {
            work.run();
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        Throwable[] thrown = new Throwable[1];
        post(() -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                thrown[0] = e;
            } finally {
                done.countDown();
            }
        });
        boolean wasInterrupted = false;
        while (done.getCount() > 0) {
            try {
                done.await();
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        switch (thrown[0]) {
            case null -> { }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(thrown[0]);
        }
    }

    /** Ends the thread, once what it is doing is done, and waits for that. */
    @Override
    public void close() {
        if (isClosing) {
            return;
        }
        isClosing = true;
        Wake.send(wake.number());
        boolean wasInterrupted = false;
        while (Thread.currentThread() != thread && thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                wasInterrupted = true;
            }
        }
        if (wasInterrupted) {
            Thread.currentThread().interrupt();
        }
        Fd.closeAll(epoll, wake);
        arena.close();
    }

    private void run() {
        while (!isClosing) {
            int n = Sys.epollWait(epoll.number(), events.address(), MOST_EVENTS, deferred.isEmpty() ? -1 : 0);
            for (int i = 0; i < n; i++) {
                long at = (long) EVENT_BYTES * i;
                int index = (int) events.get(ValueLayout.JAVA_LONG_UNALIGNED, at + EVENT_DATA);
                if (index < 0) {
                    Wake.take(wake.number());
                    continue;
                }
                Registration registration = registrations.get(index);
                if (registration != null) {
                    handle(registration, events.get(ValueLayout.JAVA_INT_UNALIGNED, at));
                }
            }
            for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
                handle(call);
            }
            runDeferred();
        }
        for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
            handle(call);
        }
    }

    private void runDeferred() {
        ArrayDeque<Runnable> due = deferred;
        deferred = deferredBefore;
        deferredBefore = due;
        for (Runnable work = due.poll(); work != null; work = due.poll()) {
            handle(work);
        }
    }

    private static void handle(Registration registration, int ready) {
        try {
            registration.handler.ready(ready);
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "an event's handler failed", e);
        }
    }

    private static void handle(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "a loop's work failed", e);
        }
    }

    private void control(int operation, int fd, int interest, int index) throws SysException {
        request.set(ValueLayout.JAVA_INT_UNALIGNED, 0, interest);
        request.set(ValueLayout.JAVA_LONG_UNALIGNED, EVENT_DATA, index);
        Sys.epollControl(epoll.number(), operation, fd, request.address(), "watch a descriptor");
    }
}

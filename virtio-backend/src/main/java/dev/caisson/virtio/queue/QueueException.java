package dev.caisson.virtio.queue;

/** The driver broke the rules of a queue or of a request: what it wrote, in one line. The queue is of no more use until it is reset. */
public final class QueueException extends Exception {

    private static final long serialVersionUID = 1L;

    /** @param message what the driver wrote, as in {@code "the available index is 9 ahead in a queue of 8"} */
    public QueueException(String message) {
        super(message);
    }
}

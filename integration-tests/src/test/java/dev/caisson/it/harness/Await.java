package dev.caisson.it.harness;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;

/** Waiting for what happens in other processes. */
public final class Await {

    private static final int PATIENCE_SECONDS = 20;

    private Await() {}

    /** Waits until something holds, or fails. */
    public static void until(String what, BooleanSupplier holds) {
        if (!holds(PATIENCE_SECONDS * 1000, holds)) {
            Assertions.fail("waited " + PATIENCE_SECONDS + " s in vain until " + what);
        }
    }

    /** Whether something comes to hold within some time. */
    public static boolean holds(int millis, BooleanSupplier holds) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(5);
        }
        return true;
    }

    /** Sleeps. */
    public static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

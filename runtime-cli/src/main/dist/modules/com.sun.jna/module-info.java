/**
 * JNA as the distribution links it: a run-time image takes modules alone, which JNA's plain jar is not, and its modular one asks
 * for java.desktop, 30 MB that only its windows need.
 */
module com.sun.jna {
    requires java.logging;

    exports com.sun.jna;
    exports com.sun.jna.ptr;
}

package dev.caisson.virtio.transport.vhostuser;

import java.io.IOException;

/** The front-end sent what the protocol has no place for: one line. The connection ends. */
final class ProtocolException extends IOException {

    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}

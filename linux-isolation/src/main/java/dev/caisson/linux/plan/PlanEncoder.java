package dev.caisson.linux.plan;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Turns a plan into the bytes that the front's {@code plan.h} draws. */
final class PlanEncoder {

    static final int MAGIC = 0x4e4c5043; // "CPLN"
    static final int VERSION = 1;
    static final int FLAG_SEALED = 1;
    static final int HEADER_LENGTH = 32;
    static final int OPERATION_LENGTH = 96;
    static final int NO_REGISTER = 0xffff;

    private static final int KIND_OFFSET = 16;
    private static final int VALUE_OFFSET = 24;
    private static final int ARGUMENTS = 8;
    private static final byte IMMEDIATE = 0;
    private static final byte REGISTER = 1;
    private static final byte DATA = 2;

    private final ByteArrayOutputStream data = new ByteArrayOutputStream(4096);
    private final Map<String, Integer> texts = new HashMap<>();
    private final Map<byte[], Integer> places = new IdentityHashMap<>();

    private PlanEncoder() {
        data.write(0); // offset 0 means "no label", so nothing else may lie there
    }

    static byte[] encode(LaunchPlan plan) {
        return new PlanEncoder().run(plan);
    }

    private byte[] run(LaunchPlan plan) {
        List<Operation> operations = plan.operations();
        ByteBuffer code = ByteBuffer.allocate(HEADER_LENGTH + operations.size() * OPERATION_LENGTH).order(ByteOrder.nativeOrder());
        for (int i = 0; i < operations.size(); i++) {
            operation(code, HEADER_LENGTH + i * OPERATION_LENGTH, operations.get(i));
        }
        code.putInt(0, MAGIC)
                .putInt(4, VERSION)
                .putInt(8, operations.size())
                .putInt(12, data.size())
                .putInt(16, plan.passed().isEmpty() ? 0 : plan.passed().getFirst().index())
                .putInt(20, plan.passed().size())
                .putInt(24, plan.sealed() ? FLAG_SEALED : 0);
        byte[] whole = new byte[code.capacity() + data.size()];
        code.get(0, whole, 0, code.capacity());
        System.arraycopy(data.toByteArray(), 0, whole, code.capacity(), data.size());
        return whole;
    }

    private void operation(ByteBuffer code, int at, Operation operation) {
        code.putShort(at, (short) operation.op().code())
                .putShort(at + 2, register(operation.result()))
                .putShort(at + 4, register(operation.second()))
                .putShort(at + 6, (short) operation.skip())
                .putInt(at + 12, operation.label() ? text(operation.words()) : 0);
        for (int i = 0; i < operation.tolerated().size(); i++) {
            code.put(at + 8 + i, operation.tolerated().get(i).byteValue());
        }
        int k = 0;
        for (Arg argument : operation.arguments()) {
            k = write(code, at, k, argument);
        }
    }

    // Not a switch over patterns: its first use costs a JVM that has just started 10 ms.
    private int write(ByteBuffer code, int at, int k, Arg argument) {
        if (argument instanceof Arg.Int(long value)) {
            return value(code, at, k, IMMEDIATE, value);
        } else if (argument instanceof Arg.Reg(Register register)) {
            return value(code, at, k, REGISTER, register.index());
        } else if (argument instanceof Arg.Text(String text)) {
            return value(code, at, k, DATA, text(text));
        } else if (argument instanceof Arg.Bytes(byte[] bytes, int from, int length)) {
            return value(code, at, value(code, at, k, DATA, place(bytes) + from), IMMEDIATE, length);
        } else if (argument instanceof Arg.Texts(List<Arg> items)) {
            return value(code, at, k, DATA, list(items));
        }
        throw new AssertionError(argument);
    }

    private static int value(ByteBuffer code, int at, int k, byte kind, long value) {
        if (k >= ARGUMENTS) {
            throw new IllegalArgumentException("more than " + ARGUMENTS + " arguments");
        }
        code.put(at + KIND_OFFSET + k, kind).putLong(at + VALUE_OFFSET + 8 * k, value);
        return k + 1;
    }

    private static short register(Register register) {
        return (short) (register == null ? NO_REGISTER : register.index());
    }

    private int text(String text) {
        Integer known = texts.get(text);
        if (known != null) {
            return known;
        }
        int at = data.size();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.write(bytes, 0, bytes.length);
        data.write(0);
        texts.put(text, at);
        return at;
    }

    private int place(byte[] bytes) {
        Integer known = places.get(bytes);
        if (known != null) {
            return known;
        }
        int at = aligned();
        data.write(bytes, 0, bytes.length);
        places.put(bytes, at);
        return at;
    }

    private int list(List<Arg> items) {
        ByteBuffer list = ByteBuffer.allocate(4 + 4 * items.size()).order(ByteOrder.nativeOrder());
        list.putInt(items.size());
        for (Arg item : items) {
            list.putInt(item instanceof Arg.Bytes bytes ? place(bytes.bytes()) + bytes.from() : text(((Arg.Text) item).text()));
        }
        int at = aligned();
        data.write(list.array(), 0, list.capacity());
        return at;
    }

    /** Pads the data to a multiple of 8, so that structures in it can be read where they lie. */
    private int aligned() {
        while (data.size() % 8 != 0) {
            data.write(0);
        }
        return data.size();
    }
}

package io.loomloop.coroutine;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the class file of our subclass of the JDK's {@code Continuation}. No compiler can: the superclass is not exported to us
 * until run time. In Java it would read
 *
 * <pre>{@code
 * final class Stack extends Continuation implements Suspendable {
 *     Object pinned;
 *     public Stack(ContinuationScope scope, Runnable body) { super(scope, body); }
 *     @Override protected void onPinned(Continuation.Pinned reason) { pinned = reason; }
 *     @Override public Object takePinned() { return pinned; }
 * }
 * }</pre>
 *
 * {@code run} and {@code isDone} are inherited. The subclass is needed for {@code onPinned}: the inherited one throws out of
 * every park and yield below it, those of the JDK's locks inside of a virtual thread too, where holding the carrier is expected.
 */
final class SuspendableClass {
    private static final String SUPER = "jdk/internal/vm/Continuation";
    private static final String SELF = "io/loomloop/coroutine/Stack";
    private static final int JAVA_21 = 65;
    private static final int FINAL_SUPER = 0x0030;
    private static final int PUBLIC = 0x0001;
    private static final int PROTECTED = 0x0004;
    private static final int ALOAD_0 = 0x2a;
    private static final int ALOAD_1 = 0x2b;
    private static final int ALOAD_2 = 0x2c;
    private static final int ARETURN = 0xb0;
    private static final int RETURN = 0xb1;
    private static final int GETFIELD = 0xb4;
    private static final int PUTFIELD = 0xb5;
    private static final int INVOKESPECIAL = 0xb7;

    /** One entry of the constant pool, written. */
    private final List<byte[]> constants = new ArrayList<>();

    private SuspendableClass() {}

    static byte[] bytes() {
        try {
            return new SuspendableClass().write();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] write() throws IOException {
        String constructor = "(Ljdk/internal/vm/ContinuationScope;Ljava/lang/Runnable;)V";
        int code = utf8("Code");
        int self = type(SELF);
        int parent = type(SUPER);
        int suspendable = type("io/loomloop/coroutine/Suspendable");
        int pinned = member(9, self, "pinned", "Ljava/lang/Object;");
        int superConstructor = member(10, parent, "<init>", constructor);

        ByteArrayOutputStream members = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(members);
        writeShorts(out, FINAL_SUPER, self, parent, 1, suspendable);
        writeShorts(out, 1, 0, utf8("pinned"), utf8("Ljava/lang/Object;"), 0);
        writeShorts(out, 3);
        method(
                out,
                PUBLIC,
                "<init>",
                constructor,
                code,
                3,
                ALOAD_0,
                ALOAD_1,
                ALOAD_2,
                INVOKESPECIAL,
                superConstructor >> 8,
                superConstructor,
                RETURN);
        method(
                out,
                PROTECTED,
                "onPinned",
                "(L" + SUPER + "$Pinned;)V",
                code,
                2,
                ALOAD_0,
                ALOAD_1,
                PUTFIELD,
                pinned >> 8,
                pinned,
                RETURN);
        method(
                out,
                PUBLIC,
                "takePinned",
                "()Ljava/lang/Object;",
                code,
                1,
                ALOAD_0,
                GETFIELD,
                pinned >> 8,
                pinned,
                ARETURN);
        writeShorts(out, 0);

        ByteArrayOutputStream file = new ByteArrayOutputStream();
        DataOutputStream head = new DataOutputStream(file);
        head.writeInt(0xCAFEBABE);
        writeShorts(head, 0, JAVA_21, constants.size() + 1);
        for (byte[] constant : constants) {
            head.write(constant);
        }
        members.writeTo(head);
        return file.toByteArray();
    }

    /** {@code locals} is the number of arguments with the receiver, and as deep as the operands ever stack. */
    private void method(
            DataOutputStream out, int access, String name, String descriptor, int code, int locals, int... instructions)
            throws IOException {
        writeShorts(out, access, utf8(name), utf8(descriptor), 1, code);
        out.writeInt(12 + instructions.length);
        writeShorts(out, locals, locals);
        out.writeInt(instructions.length);
        for (int instruction : instructions) {
            out.writeByte(instruction);
        }
        writeShorts(out, 0, 0);
    }

    private static void writeShorts(DataOutputStream out, int... values) throws IOException {
        for (int value : values) {
            out.writeShort(value);
        }
    }

    // ---- the constant pool; an entry that occurs twice does no harm

    private int utf8(String text) throws IOException {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(entry);
        out.writeByte(1);
        out.writeUTF(text);
        return add(entry.toByteArray());
    }

    private int type(String name) throws IOException {
        return pair(7, utf8(name));
    }

    private int member(int tag, int owner, String name, String descriptor) throws IOException {
        return pair(tag, owner, pair(12, utf8(name), utf8(descriptor)));
    }

    private int pair(int tag, int... indexes) throws IOException {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(entry);
        out.writeByte(tag);
        writeShorts(out, indexes);
        return add(entry.toByteArray());
    }

    private int add(byte[] entry) {
        constants.add(entry);
        return constants.size();
    }
}

package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Subprocess;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the tests with foreign programs send and look at. */
final class Traffic {
    static final int PIECE = 64 << 10;

    private Traffic() {}

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    /** Sends back what comes until the peer ends. */
    static void echo(StreamReader reader, StreamWriter writer) throws IOException {
        for (byte[] data = reader.read(PIECE); data.length > 0; data = reader.read(PIECE)) {
            writer.write(data);
            writer.drain();
        }
    }

    /** Waits for the end of the input before it answers with the hash: only a peer that half-closes gets one. */
    static void answerHash(StreamReader reader, StreamWriter writer) throws IOException {
        MessageDigest digest = sha256();
        for (byte[] data = reader.read(PIECE); data.length > 0; data = reader.read(PIECE)) {
            digest.update(data);
        }
        writer.write(hex(digest));
        writer.drain();
    }

    /** The first number that a program reports at the end of a line that matches. */
    static int port(StreamReader output, String pattern) throws IOException {
        Pattern expected = Pattern.compile(pattern + "(\\d+)\\s*");
        StringBuilder seen = new StringBuilder();
        for (byte[] line = output.readLine(); line.length > 0; line = output.readLine()) {
            String text = new String(line, UTF_8);
            Matcher matcher = expected.matcher(text);
            if (matcher.matches()) {
                return Integer.parseInt(matcher.group(1));
            }
            seen.append(text);
        }
        throw new AssertionError("no line like '" + pattern + "', but: " + seen);
    }

    /** What a program prints until it ends, which it has to do well. */
    static String finish(Subprocess program, byte[] input) throws IOException {
        try (program) {
            Subprocess.Output output = program.communicate(input);
            if (output.returnCode() != 0) {
                throw new AssertionError("ended with " + output.returnCode() + ": " + output.stderrText());
            }
            return output.stdoutText();
        }
    }
}

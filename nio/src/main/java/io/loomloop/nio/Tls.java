package io.loomloop.nio;

import java.net.IDN;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How a connection is secured: asyncio's {@code ssl} arguments. For {@link StreamOptions#withTls}, {@link Connection#upgradeToTls} and
 * {@link Streams#upgradeToTls}. Immutable, so safe from any thread; each {@code with} method returns a copy with one thing changed.
 *
 * <p>Clients check that the certificate of the server belongs to its name, and tell the server that name (SNI), unless it is a literal
 * address. What the {@link SSLContext} and the JDK have as defaults applies to the rest: TLS 1.2 and 1.3.
 *
 * <p><b>Ends.</b> A peer that ends the connection without saying so in TLS has maybe been cut off by somebody else: the reader throws an
 * {@link javax.net.ssl.SSLException} instead of finding the end of the stream. {@link StreamWriter#writeEof} ends one direction; with
 * TLS 1.3 the other one goes on. With TLS 1.2 the peer has to end as well when it reads the end, and what it has not sent by then is lost,
 * so use it only when no answer is expected; and a connection that its peer has ended is closed.
 *
 * <p>Renegotiation, which TLS 1.2 has, is refused: the connection fails.
 */
public final class Tls {
    /** Whether a server wants a certificate from its clients. */
    public enum ClientAuth {
        /** Asks for one; a client without any is served all the same. */
        WANT,
        /** Asks for one; the handshake with a client without any fails. */
        NEED
    }

    private final boolean server;
    private final @Nullable SSLContext context;
    private final Draft settings;

    /** All that can be changed; not changed any more once a Tls has it. */
    private static final class Draft implements Cloneable {
        private @Nullable String serverName;
        private boolean hostCheck = true;
        private List<String> applicationProtocols = List.of();
        private List<String> protocols = List.of();
        private List<String> ciphers = List.of();
        private @Nullable ClientAuth clientAuth;
        private @Nullable Function<? super String, ? extends @Nullable SSLContext> contexts;
        private Duration handshakeTimeout = Duration.ofSeconds(60);
        private Duration shutdownTimeout = Duration.ofSeconds(30);
        private boolean bufferedBytes;

        @Override
        protected Draft clone() {
            try {
                return (Draft) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Tls(boolean server, @Nullable SSLContext context, Draft settings) {
        this.server = server;
        this.context = context;
        this.settings = settings;
    }

    // ---- making

    /** For clients that trust what the JDK trusts: its default context. */
    public static Tls client() {
        return new Tls(false, null, new Draft());
    }

    /** For clients, with a context that says whom to trust, and who this is. */
    public static Tls client(SSLContext context) {
        return new Tls(false, Objects.requireNonNull(context, "context"), new Draft());
    }

    /** For servers, with a context that has the key and the certificate. */
    public static Tls server(SSLContext context) {
        return new Tls(true, Objects.requireNonNull(context, "context"), new Draft());
    }

    private Tls with(java.util.function.Consumer<Draft> change) {
        Draft draft = settings.clone();
        change.accept(draft);
        return new Tls(server, context, draft);
    }

    /**
     * For clients: the name of the server, in place of the one that was connected to. asyncio's {@code server_hostname}.
     *
     * @param name a host name, which the server is told and its certificate checked against; or a literal address, only checked
     * @throws IllegalArgumentException when it can be neither
     */
    public Tls withServerName(String name) {
        requireRole(false, "a server has no use for its own name");
        Objects.requireNonNull(name, "name");
        if (!Addresses.isLiteral(name)) {
            new SNIHostName(withoutDot(name));
        }
        return with(draft -> draft.serverName = name);
    }

    /**
     * For clients: does not check whether the certificate belongs to the server's name, so that anybody with a certificate that is
     * trusted can pretend to be the server. asyncio's {@code check_hostname = False}.
     */
    public Tls withoutHostCheck() {
        requireRole(false, "a server checks no host name");
        return with(draft -> draft.hostCheck = false);
    }

    /**
     * The application protocols to choose from (ALPN), such as {@code h2} and {@code http/1.1}, the preferred one first. The handshake
     * fails when both sides have some and none in common; see {@link StreamWriter#applicationProtocol}.
     *
     * @throws IllegalArgumentException when one is empty or longer than 255 characters
     */
    public Tls withApplicationProtocols(String... names) {
        List<String> list = List.of(names);
        for (String name : list) {
            if (name.isEmpty() || name.length() > 255) {
                throw new IllegalArgumentException("an application protocol has 1 to 255 characters: '" + name + "'");
            }
        }
        return with(draft -> draft.applicationProtocols = list);
    }

    /** For servers: asks clients for a certificate. */
    public Tls withClientAuth(ClientAuth auth) {
        requireRole(true, "it is for servers to ask for certificates");
        Objects.requireNonNull(auth, "auth");
        return with(draft -> draft.clientAuth = auth);
    }

    /**
     * The versions of TLS to use, such as {@code TLSv1.3}. One that the context does not know is refused with
     * {@link IllegalArgumentException} when the connection is opened or the server started.
     *
     * @throws IllegalArgumentException when there is none
     */
    public Tls withProtocols(String... names) {
        List<String> list = requireSome(names, "version of TLS");
        return with(draft -> draft.protocols = list);
    }

    /**
     * The cipher suites to use, by their names in the JDK. One that the context does not know is refused with
     * {@link IllegalArgumentException} when the connection is opened or the server started.
     *
     * @throws IllegalArgumentException when there is none
     */
    public Tls withCiphers(String... names) {
        List<String> list = requireSome(names, "cipher suite");
        return with(draft -> draft.ciphers = list);
    }

    /**
     * How long a handshake may take, from its beginning to its end whatever arrives meanwhile; 60 seconds unless set.
     *
     * @throws IllegalArgumentException when not positive
     */
    public Tls withHandshakeTimeout(Duration timeout) {
        LookUp.requirePositive(timeout);
        return with(draft -> draft.handshakeTimeout = timeout);
    }

    /**
     * How long a connection that is closed may take to send what was written; 30 seconds unless set. Then it is cut off, and what is
     * unsent is lost.
     *
     * @throws IllegalArgumentException when not positive
     */
    public Tls withShutdownTimeout(Duration timeout) {
        LookUp.requirePositive(timeout);
        return with(draft -> draft.shutdownTimeout = timeout);
    }

    /**
     * For servers: another context, with another certificate, for some of the names that clients ask for (SNI). Nothing is kept of the
     * names, so nor should {@code choice} without a bound: anybody can send any name.
     *
     * @param choice gets the name in lower case, in the client's task, and must not take long; null stands for the context of
     *     {@link #server}, as does a client that gives no name. The handshake fails with what it throws
     */
    public Tls withContexts(Function<? super String, ? extends @Nullable SSLContext> choice) {
        requireRole(true, "a client chooses its context itself");
        Objects.requireNonNull(choice, "choice");
        return with(draft -> draft.contexts = choice);
    }

    /**
     * For upgrades: bytes that have arrived and were not read yet belong to TLS. Otherwise such bytes make an upgrade fail, because an
     * attacker may have put commands in front of the secured ones; but for a server what looks like the beginning of a handshake is
     * taken, because a client need not wait until the server is ready.
     */
    public Tls withBufferedBytes() {
        return with(draft -> draft.bufferedBytes = true);
    }

    // ---- checks

    private void requireRole(boolean expected, String why) {
        if (server != expected) {
            throw new IllegalStateException(why + ": this is " + this);
        }
    }

    private static List<String> requireSome(String[] names, String what) {
        List<String> list = List.of(names);
        if (list.isEmpty()) {
            throw new IllegalArgumentException("at least one " + what + " is needed");
        }
        return list;
    }

    void requireClient() {
        if (server) {
            throw new IllegalArgumentException("to open a connection takes Tls.client(...), not " + this);
        }
    }

    void requireServer() {
        if (!server) {
            throw new IllegalArgumentException("a server takes Tls.server(...), not " + this);
        }
    }

    // ---- asking

    boolean isServer() {
        return server;
    }

    boolean takesBufferedBytes() {
        return settings.bufferedBytes;
    }

    Duration handshakeTimeout() {
        return settings.handshakeTimeout;
    }

    Duration shutdownTimeout() {
        return settings.shutdownTimeout;
    }

    boolean choosesContexts() {
        return settings.contexts != null;
    }

    /** The context for a client that has asked for a name, or for none; null for the default. */
    @Nullable
    SSLContext contextFor(@Nullable String name) throws SSLHandshakeException {
        Function<? super String, ? extends @Nullable SSLContext> choice = settings.contexts;
        if (choice == null || name == null) {
            return context;
        }
        try {
            SSLContext chosen = choice.apply(name);
            return chosen == null ? context : chosen;
        } catch (Exception e) { // checked ones too: a function can throw what it does not declare
            SSLHandshakeException failure =
                    new SSLHandshakeException("no context for '" + name + "', the choice of contexts failed");
            failure.initCause(e);
            throw failure;
        }
    }

    /** An engine that is ready to begin; may take long, so not on a loop. {@code host} is that of the server, for a client. */
    SSLEngine newEngine(@Nullable SSLContext chosen, @Nullable String host, int port) throws SSLHandshakeException {
        SSLContext from;
        try {
            from = chosen != null ? chosen : SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            SSLHandshakeException failure = new SSLHandshakeException("no default context: " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
        String name = settings.serverName != null ? settings.serverName : host;
        String peer = name == null ? null : withoutDot(name);
        SSLEngine engine = peer == null ? from.createSSLEngine() : from.createSSLEngine(peer, port);
        engine.setUseClientMode(!server);
        SSLParameters parameters = engine.getSSLParameters();
        apply(parameters);
        if (!server && settings.hostCheck) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (!server && peer != null && !Addresses.isLiteral(peer)) {
            tellName(parameters, peer);
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private void apply(SSLParameters parameters) {
        if (!settings.protocols.isEmpty()) {
            parameters.setProtocols(settings.protocols.toArray(String[]::new));
        }
        if (!settings.ciphers.isEmpty()) {
            parameters.setCipherSuites(settings.ciphers.toArray(String[]::new));
        }
        parameters.setApplicationProtocols(settings.applicationProtocols.toArray(String[]::new));
        if (settings.clientAuth == ClientAuth.NEED) {
            parameters.setNeedClientAuth(true);
        } else if (settings.clientAuth == ClientAuth.WANT) {
            parameters.setWantClientAuth(true);
        }
    }

    /** A name with characters that DNS takes and TLS does not is not told. */
    private static void tellName(SSLParameters parameters, String name) {
        try {
            parameters.setServerNames(List.of(new SNIHostName(IDN.toASCII(name))));
        } catch (IllegalArgumentException e) {
            parameters.setServerNames(List.of());
        }
    }

    private static String withoutDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** True when a client would have to check a name that nobody has told. */
    boolean lacksName() {
        return !server && settings.hostCheck && settings.serverName == null;
    }

    @Override
    public String toString() {
        return server ? "Tls.server" : "Tls.client";
    }
}

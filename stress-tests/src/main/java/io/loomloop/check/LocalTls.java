package io.loomloop.check;

import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Objects;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Both sides of TLS at {@code localhost}, with the certificates of the nio module's tests. */
public final class LocalTls {
    private static final char[] PASSWORD = "loomloop".toCharArray();

    /** As many as are kept to be resumed: few, or a soak would fill the heap with them. */
    private static final int SESSIONS = 10;

    private LocalTls() {}

    /** A server with a certificate. */
    public static SSLContext server() throws GeneralSecurityException, IOException {
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store(), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        context.getServerSessionContext().setSessionCacheSize(SESSIONS);
        return context;
    }

    /** A client that trusts the server. */
    public static SSLContext client() throws GeneralSecurityException, IOException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = empty();
        trusted.setCertificateEntry("server", store().getCertificate("server"));
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        context.getClientSessionContext().setSessionCacheSize(SESSIONS);
        return context;
    }

    private static KeyStore store() throws GeneralSecurityException, IOException {
        try (InputStream in = Objects.requireNonNull(LocalTls.class.getResourceAsStream("/tls.p12"), "tls.p12")) {
            KeyStore all = empty();
            all.load(in, PASSWORD);
            KeyStore server = empty();
            server.setKeyEntry("server", all.getKey("server", PASSWORD), PASSWORD, all.getCertificateChain("server"));
            return server;
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}

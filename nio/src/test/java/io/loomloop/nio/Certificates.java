package io.loomloop.nio;

import java.io.InputStream;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Contexts for tests. {@code tls.p12} has three self-signed certificates, made by {@code keytool}: {@code server} for
 * {@code localhost} and {@code 127.0.0.1}, {@code other} for {@code other.example}, and {@code client}.
 */
final class Certificates {
    private static final char[] PASSWORD = "loomloop".toCharArray();
    private static final KeyStore ALL = load();

    private Certificates() {}

    private static KeyStore load() {
        try (InputStream in = Certificates.class.getResourceAsStream("/tls.p12")) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, PASSWORD);
            return store;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Is {@code server}; trusts {@code client}. */
    static SSLContext server() {
        return context("server", List.of("client"));
    }

    /** Is {@code other}. */
    static SSLContext other() {
        return context("other", List.of("client"));
    }

    /** Is nobody; trusts {@code server} and {@code other}. */
    static SSLContext client() {
        return context(null, List.of("server", "other"));
    }

    /** Is {@code client}; trusts {@code server}. */
    static SSLContext knownClient() {
        return context("client", List.of("server"));
    }

    /** Trusts nobody in here. */
    static SSLContext stranger() {
        return context(null, List.of("client"));
    }

    static SSLContext context(String identity, List<String> trusted) {
        return context(identity, trusted, () -> {});
    }

    /** Does something first, each time it checks a certificate. */
    static SSLContext context(String identity, List<String> trusted, Runnable beforeCheck) {
        try {
            KeyStore keys = empty();
            if (identity != null) {
                keys.setKeyEntry(identity, ALL.getKey(identity, PASSWORD), PASSWORD, ALL.getCertificateChain(identity));
            }
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, PASSWORD);
            KeyStore trust = empty();
            for (String name : trusted) {
                trust.setCertificateEntry(name, ALL.getCertificate(name));
            }
            TrustManagerFactory trustManagers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trustManagers.init(trust);
            SSLContext context = SSLContext.getInstance("TLS");
            X509ExtendedTrustManager checks =
                    (X509ExtendedTrustManager) trustManagers.getTrustManagers()[0];
            TrustManager[] checking = {new HookedTrustManager(checks, beforeCheck)};
            context.init(keyManagers.getKeyManagers(), checking, null);
            return context;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static KeyStore empty() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }
}

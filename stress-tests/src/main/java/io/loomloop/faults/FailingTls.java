package io.loomloop.faults;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Contexts of TLS in which code of the user's fails. */
final class FailingTls {
    private FailingTls() {}

    /** A server that fails where it is to choose its certificate. */
    static SSLContext nameless(Fault fault) throws GeneralSecurityException {
        return context(new KeyManager[] {new NoKeys(fault)}, null);
    }

    /** A client that fails where it is to judge the server. */
    static SSLContext doubting(Fault fault) throws GeneralSecurityException {
        return context(null, new TrustManager[] {new NoTrust(fault)});
    }

    private static SSLContext context(KeyManager @Nullable [] keys, TrustManager @Nullable [] trust)
            throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, trust, null);
        return context;
    }

    private static final class NoKeys extends X509ExtendedKeyManager {
        private final Fault fault;

        NoKeys(Fault fault) {
            this.fault = fault;
        }

        @Override
        public String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
            return fault.strike();
        }

        @Override
        public String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class NoTrust extends X509ExtendedTrustManager {
        private final Fault fault;

        NoTrust(Fault fault) {
            this.fault = fault;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            fault.strike();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            fault.strike();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            fault.strike();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}

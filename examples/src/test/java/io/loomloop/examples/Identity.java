package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A key and a certificate that {@code openssl} has made, as files for other programs and as contexts for us. */
record Identity(Path key, Path certificate, Path store) {
    private static final String PASSWORD = "secret";

    static Identity make(Path folder, String name) throws Exception {
        Identity made = new Identity(
                folder.resolve(name + ".key"), folder.resolve(name + ".pem"), folder.resolve(name + ".p12"));
        openssl("req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=" + name
                + " -addext subjectAltName=DNS:" + name + ",IP:127.0.0.1 -keyout " + made.key + " -out "
                + made.certificate);
        openssl("pkcs12 -export -name " + name + " -passout pass:" + PASSWORD + " -inkey " + made.key + " -in "
                + made.certificate + " -out " + made.store);
        return made;
    }

    private static void openssl(String arguments) throws Exception {
        Process process = new ProcessBuilder(("openssl " + arguments).split(" ", -1))
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }

    /** A context of this one, which trusts another one alone. */
    SSLContext context(Identity trusted) throws Exception {
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, PASSWORD.toCharArray());
        return context(factory.getKeyManagers(), trusted);
    }

    /** A context without a key, which trusts one alone. */
    static SSLContext contextTrusting(Identity trusted) throws Exception {
        return context(null, trusted);
    }

    private static SSLContext context(KeyManager[] keys, Identity trusted) throws Exception {
        KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
        trust.load(null, null);
        try (InputStream input = Files.newInputStream(trusted.certificate)) {
            trust.setCertificateEntry(
                    "trusted", CertificateFactory.getInstance("X.509").generateCertificate(input));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys, factory.getTrustManagers(), null);
        return context;
    }
}

package io.loomloop;

import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Name lookup as it always is, but for names with a certain end: their server does not answer until a pipe says so. */
public final class StuckNames extends InetAddressResolverProvider {
    static final String SUFFIX = ".stuck.test";

    // the test sets
    static volatile Path pipe;

    @Override
    public InetAddressResolver get(Configuration configuration) {
        InetAddressResolver real = configuration.builtinResolver();
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                if (!host.endsWith(SUFFIX)) {
                    return real.lookupByName(host, policy);
                }
                try (FileInputStream in = new FileInputStream(pipe.toFile())) {
                    in.read(); // holds the thread, as the C library's lookup does
                } catch (IOException e) {
                    throw new UnknownHostException(e.toString());
                }
                return Stream.of(InetAddress.getLoopbackAddress());
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                return real.lookupByAddress(address);
            }
        };
    }

    @Override
    public String name() {
        return "names that are stuck";
    }
}

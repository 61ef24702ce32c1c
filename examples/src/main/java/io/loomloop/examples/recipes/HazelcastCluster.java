package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.ExecutorConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.IExecutorService;
import com.hazelcast.partition.Partition;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Members of Hazelcast on this machine: one in this process, each other in a process of its own, which ends with this one. */
final class HazelcastCluster implements AutoCloseable {
    private static final String EXECUTOR = "calls";
    /** How many calls a member runs at the same time, each in a thread of Hazelcast's. */
    private static final int THREADS = 256;

    private static final String LOOPBACK = "127.0.0.1";

    private final String name = "loomloop-" + UUID.randomUUID();
    private final HazelcastInstance here;
    private final List<Process> processes = new ArrayList<>();

    private HazelcastCluster() {
        System.setProperty("hazelcast.logging.type", "none"); // some is logged before there is a configuration
        here = Hazelcast.newHazelcastInstance(config(name));
    }

    /** Starts the member in this process. */
    static HazelcastCluster start() {
        return new HazelcastCluster();
    }

    /** A member in another process; what calls print there can be read from the output. */
    record Other(Member member, Process process, BufferedReader output) {}

    /** Starts one more member, and waits until it has joined. */
    Other add() throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:+IgnoreUnrecognizedVMOptions", // on JDK 21 and 22, the next
                        "--sun-misc-unsafe-memory-access=allow", // or later ones warn
                        "-Dhazelcast.logging.type=none",
                        "-classpath",
                        System.getProperty("java.class.path"),
                        HazelcastCluster.class.getName(),
                        name,
                        "" + here.getCluster().getLocalMember().getAddress().getPort())
                .redirectError(Redirect.INHERIT)
                .start();
        processes.add(process);
        BufferedReader output = process.inputReader(UTF_8);
        String id = output.readLine();
        for (Member member : here.getCluster().getMembers()) {
            if (member.getUuid().toString().equals(id)) {
                awaitShare(member);
                return new Other(member, process, output);
            }
        }
        throw new IOException("the other member did not join, it said: " + id);
    }

    /** A call goes to whoever owns a partition, and a new member gets its partitions a moment after it has joined. */
    private void awaitShare(Member member) throws IOException {
        long start = System.nanoTime();
        Set<Partition> partitions = here.getPartitionService().getPartitions();
        int share = partitions.size() / here.getCluster().getMembers().size() / 2;
        while (partitions.stream()
                        .filter(partition -> member.equals(partition.getOwner()))
                        .count()
                < share) {
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(30)) {
                throw new IOException("the other member got no partitions: " + member);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** The program of a member in a process of its own: the name of the cluster, and the port of a member to join. */
    public static void main(String[] args) throws IOException {
        Config config = config(args[0]);
        config.getNetworkConfig().getJoin().getTcpIpConfig().addMember(LOOPBACK + ":" + args[1]);
        HazelcastInstance member = Hazelcast.newHazelcastInstance(config);
        System.out.println(member.getCluster().getLocalMember().getUuid());
        int unused = System.in.read(); // ends when the process that started this one closes it, or is gone
        Runtime.getRuntime().halt(0);
    }

    private static Config config(String cluster) {
        Config config = new Config()
                .setClusterName(cluster)
                .setProperty("hazelcast.logging.type", "none")
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .addExecutorConfig(new ExecutorConfig(EXECUTOR, THREADS));
        config.getMetricsConfig().setEnabled(false);
        NetworkConfig network = config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(LOOPBACK);
        network.getJoin().getAutoDetectionConfig().setEnabled(false);
        network.getJoin().getMulticastConfig().setEnabled(false);
        network.getJoin().getTcpIpConfig().setEnabled(true);
        return config;
    }

    /** The member in this process. */
    HazelcastInstance here() {
        return here;
    }

    /** Runs calls on all members. */
    IExecutorService executor() {
        return here.getExecutorService(EXECUTOR);
    }

    /** Ends all members, and what they run. */
    @Override
    public void close() throws IOException {
        here.getLifecycleService().terminate();
        for (Process process : processes) {
            process.getOutputStream().close();
        }
        for (Process process : processes) {
            process.onExit()
                    .completeOnTimeout(process, 10, TimeUnit.SECONDS)
                    .join()
                    .destroyForcibly();
        }
    }
}

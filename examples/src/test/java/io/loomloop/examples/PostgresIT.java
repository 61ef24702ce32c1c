package io.loomloop.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.testing.LoopExtension;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** JDBC knows nothing of loops: its driver blocks in the JDK's sockets, and in a task that lets the others run. */
@DisplayName("PostgreSQL through pgjdbc, in tasks")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class PostgresIT {
    private static final int TASKS = 100;

    private static PostgresServer postgres;

    @RegisterExtension
    final LoopExtension loops;

    PostgresIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(40)).with(driver);
    }

    @BeforeAll
    static void start() throws Exception {
        postgres = PostgresServer.start();
        postgres.connect().close(); // loads the classes of the driver, which would hold a loop
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void createTables() throws SQLException {
        try (Connection connection = postgres.connect()) {
            execute(connection, "DROP TABLE IF EXISTS item, account");
            execute(connection, "CREATE TABLE item (task int, number int, text text, PRIMARY KEY (task, number))");
            execute(connection, "CREATE TABLE account (id int PRIMARY KEY, amount int CHECK (amount >= 0))");
            execute(connection, "INSERT INTO account SELECT n, 100 FROM generate_series(0, 9) n");
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Test
    @DisplayName("the queries of 100 tasks of one loop overlap, and each task gets its own rows")
    void overlap() throws Exception {
        List<Connection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < TASKS; i++) {
                connections.add(postgres.connect());
            }
            long start = System.nanoTime();
            Async.taskGroup(group -> {
                for (int i = 0; i < TASKS; i++) {
                    int task = i;
                    Task<?> unused = group.createTask(() -> insertAndRead(connections.get(task), task));
                }
            });
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            Duration sum = Duration.ofMillis(TASKS * 4 * 50);
            assertThat(took).as("the queries sleep for %s in all", sum).isLessThan(sum.dividedBy(4));
            assertThat(number(connections.get(0), "SELECT count(*) FROM item WHERE text = task || '-' || number"))
                    .isEqualTo(TASKS * 10);
        } finally {
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    private static void insertAndRead(Connection connection, int task) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?, ?)")) {
            for (int number = 0; number < 10; number++) {
                insert.setInt(1, task);
                insert.setInt(2, number);
                insert.setString(3, task + "-" + number);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        for (int i = 0; i < 4; i++) {
            assertThat(number(connection, "SELECT " + task + " FROM pg_sleep(0.05)"))
                    .isEqualTo(task);
        }
        try (Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT text FROM item WHERE task = " + task + " ORDER BY number")) {
            for (int number = 0; number < 10; number++) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString(1)).isEqualTo(task + "-" + number);
            }
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    @DisplayName("100 tasks connect and move money in transactions that wait for each other; none is lost")
    void transactions() throws Exception {
        int[] refused = {0};
        Async.taskGroup(group -> {
            for (int i = 0; i < TASKS; i++) {
                int from = i % 10;
                Task<?> unused = group.createTask(() -> {
                    if (!transfer(from, (from + 1) % 10, from == 0 ? 30 : 1)) {
                        refused[0]++;
                    }
                });
            }
        });
        try (Connection connection = postgres.connect()) {
            assertThat(number(connection, "SELECT sum(amount) FROM account")).isEqualTo(1000);
            assertThat(number(connection, "SELECT min(amount) FROM account")).isNotNegative();
            assertThat(refused[0])
                    .as("account 0 had 100, and got 10 at the most")
                    .isBetween(6, 7);
        }
    }

    /** Moves an amount; false when the account has not got it. */
    private static boolean transfer(int from, int to, int amount) throws SQLException {
        try (Connection connection = postgres.connect()) {
            connection.setAutoCommit(false);
            // In the order of their numbers, so that no two tasks wait for each other for ever.
            String lock = "SELECT amount FROM account WHERE id = %d FOR UPDATE";
            number(connection, String.format(lock, Math.min(from, to)));
            number(connection, String.format(lock, Math.max(from, to)));
            try {
                execute(connection, "UPDATE account SET amount = amount + " + amount + " WHERE id = " + to);
                execute(connection, "UPDATE account SET amount = amount - " + amount + " WHERE id = " + from);
                connection.commit();
                return true;
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isEqualTo("23514"); // the CHECK of the table
                connection.rollback();
                return false;
            }
        }
    }

    @Test
    @DisplayName("the loop goes on while a query takes its time")
    void heartbeat() throws Exception {
        int[] beats = {0};
        Task<?> heart = Async.createTask(() -> {
            for (; ; beats[0]++) {
                Async.sleep(Duration.ofMillis(10));
            }
        });
        try (Connection connection = postgres.connect()) {
            int before = beats[0];
            long start = System.nanoTime();
            execute(connection, "SELECT pg_sleep(1)");
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertThat(beats[0] - before).as("beats in %s", took).isBetween(20, (int) (took.toMillis() / 10 + 1));
        }
        heart.cancel();
    }

    @Test
    @DisplayName(
            "a task that is cancelled in a query ends at once, with the driver's exception; so do its connection and the query")
    void cancelled() throws Exception {
        try (Connection other = postgres.connect()) {
            Task<?> sleeping = Async.createTask(() -> {
                try (Connection connection = postgres.connect()) {
                    execute(connection, "SELECT pg_sleep(3600)");
                }
            });
            awaitSleepers(other, 1);
            sleeping.cancel();
            assertThatThrownBy(sleeping::await)
                    .cause()
                    .isInstanceOfSatisfying(SQLException.class, PostgresIT::assertInterrupted);
            awaitSleepers(other, 0);
        }
    }

    @Test
    @DisplayName("a time limit ends a query, with the driver's exception")
    void timeout() throws Exception {
        try (Connection other = postgres.connect()) {
            try (Connection connection = postgres.connect()) {
                assertThatThrownBy(() -> Async.timeout(
                                Duration.ofMillis(100), () -> execute(connection, "SELECT pg_sleep(3600)")))
                        .isInstanceOfSatisfying(SQLException.class, PostgresIT::assertInterrupted);
                assertThat(connection.isClosed()).isTrue();
            }
            awaitSleepers(other, 0);
        }
    }

    /** The interrupt, which is all that code of others gets, closes the socket. */
    private static void assertInterrupted(SQLException failure) {
        assertThat(failure.getSQLState()).isEqualTo("08006");
        assertThat((Throwable) failure).rootCause().hasMessage("Closed by interrupt");
        assertThat(Async.currentTask().cancelling()).isZero();
    }

    @Test
    @DisplayName("another task ends a query with Statement.cancel, and the connection is good for the next")
    void statementCancel() throws Exception {
        try (Connection connection = postgres.connect();
                Connection other = postgres.connect();
                Statement statement = connection.createStatement()) {
            Task<?> sleeping = Async.createTask(() -> statement.execute("SELECT pg_sleep(3600)"));
            awaitSleepers(other, 1);
            statement.cancel();
            assertThatThrownBy(sleeping::await)
                    .rootCause()
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
            assertThat(number(connection, "SELECT 1")).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("a backend that is killed is an exception for the task whose it was")
    void killedBackend() throws Exception {
        try (Connection connection = postgres.connect();
                Connection other = postgres.connect()) {
            long pid = number(connection, "SELECT pg_backend_pid()");
            Task<?> sleeping = Async.createTask(() -> execute(connection, "SELECT pg_sleep(3600)"));
            awaitSleepers(other, 1);
            assertThat(number(other, "SELECT CASE WHEN pg_terminate_backend(" + pid + ") THEN 1 END"))
                    .isEqualTo(1);
            assertThatThrownBy(sleeping::await)
                    .rootCause()
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
            assertThat(connection.isValid(1)).isFalse();
            assertThat(number(other, "SELECT 1")).isEqualTo(1);
        }
    }

    private static void awaitSleepers(Connection connection, int count) throws SQLException {
        String query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        while (number(connection, query) != count) {
            Async.sleep(Duration.ofMillis(10));
        }
    }
}

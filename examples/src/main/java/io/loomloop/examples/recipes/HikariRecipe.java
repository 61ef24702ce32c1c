package io.loomloop.examples.recipes;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import javax.sql.DataSource;

/** PostgreSQL's JDBC driver and HikariCP: waiting for a connection of the pool, or for the answer to a query, parks a task. */
public final class HikariRecipe {
    static final int CONNECTIONS = 50;

    private HikariRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            Recipe.main((executor, wait) -> run(executor, wait, postgres.url()));
        }
    }

    /** After the request has waited in that way, it does so once more for a query. */
    static Burst.Result run(ExecutorService executor, Wait wait, String url) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(CONNECTIONS);
        if (executor instanceof ScheduledExecutorService timers) {
            config.setScheduledExecutor(timers); // the pool's own chores
        }
        try (HikariDataSource pool = new HikariDataSource(config)) {
            Burst burst = new Burst();
            return burst.send(number -> executor.submit(() -> burst.serve(() -> query(pool, wait, number))));
        }
    }

    private static int query(DataSource pool, Wait wait, int number) throws SQLException, InterruptedException {
        wait.block();
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT " + number + " FROM pg_sleep(" + Wait.MILLIS + " / 1000.0)")) {
            rows.next();
            if (rows.getInt(1) != number) {
                throw new SQLException("the row of another request: " + rows.getInt(1));
            }
            return number;
        }
    }
}

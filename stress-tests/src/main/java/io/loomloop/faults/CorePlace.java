package io.loomloop.faults;

import io.loomloop.Async;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionHandler;
import io.loomloop.LoopFuture;
import io.loomloop.PublishedItems;
import io.loomloop.Task;
import io.loomloop.TaskFactory;
import io.loomloop.TaskOptions;
import io.loomloop.check.Check;
import io.loomloop.coroutine.Generator;
import io.loomloop.spi.LoopService;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The places of the table "User code" in {@code docs/concurrency.md}. */
@SuppressWarnings({"ImmutableEnumChecker", "FutureReturnValueIgnored"}) // lambdas; what fails is seen elsewhere
public enum CorePlace implements Place {
    /** A callback, from outside. */
    CALL_SOON((ground, fault) -> {
        ground.loop().callSoon(fault::strike);
        ground.requireReported(fault);
    }),
    /** A callback that others follow in the same turn. */
    CALL_SOON_AMONG_OTHERS((ground, fault) -> {
        LoopFuture<String> after = ground.loop().createFuture();
        Check.run(ground.loop(), () -> {
            ground.loop().callSoon(() -> {});
            ground.loop().callSoon(fault::strike);
            ground.loop().callSoon(() -> after.setResult("after"));
        });
        Check.equal("the next callback", "after", Check.join(after));
        ground.requireReported(fault);
    }),
    /** A callback that has lost the loop in the middle. */
    CALL_SOON_AFTER_A_WAIT((ground, fault) -> {
        ground.loop().callSoon(() -> {
            Async.sleep(Duration.ofNanos(1));
            fault.strike();
        });
        ground.requireReported(fault);
    }),
    /** A timer. */
    CALL_LATER((ground, fault) -> {
        ground.loop().callLater(Duration.ofNanos(50_000), fault::strike);
        ground.requireReported(fault);
    }),
    /** A done callback in front of another. */
    DONE_CALLBACK((ground, fault) -> {
        LoopFuture<String> future = ground.loop().createFuture();
        LoopFuture<String> after = ground.loop().createFuture();
        future.addDoneCallback(done -> fault.strike());
        future.addDoneCallback(done -> after.setResult("after"));
        future.setResult("done");
        Check.equal("the next callback", "after", Check.join(after));
        ground.requireReported(fault);
    }),
    /** The exception handler itself: logged, after what it was given. */
    EXCEPTION_HANDLER((ground, fault) -> {
        Fault first = new Fault(Fault.Kind.UNCHECKED);
        ExceptionHandler before = ground.loop().exceptionHandler();
        try (Logged logged = new Logged("io.loomloop")) {
            ground.loop().setExceptionHandler((loop, context) -> fault.strike());
            ground.loop().callSoon(first::strike);
            Check.soon("both are logged", () -> logged.has(first) && logged.has(fault));
        } finally {
            ground.loop().setExceptionHandler(before);
        }
    }),
    /** The exception handler, called by hand. */
    EXCEPTION_HANDLER_CALLED((ground, fault) -> {
        ExceptionHandler before = ground.loop().exceptionHandler();
        try (Logged logged = new Logged("io.loomloop")) {
            ground.loop().setExceptionHandler((loop, context) -> fault.strike());
            ground.loop().callExceptionHandler(new ErrorContext("by hand", null));
            Check.soon("it is logged", () -> logged.has(fault));
        } finally {
            ground.loop().setExceptionHandler(before);
        }
    }),
    /** The body of a task. */
    TASK((ground, fault) -> {
        Task<Object> task = ground.loop().createTask(() -> fault.strike());
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The body of a task that has waited. */
    TASK_AFTER_A_WAIT((ground, fault) -> {
        Task<Object> task = ground.loop().createTask(() -> {
            Async.sleep(Duration.ofNanos(1));
            return fault.strike();
        });
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The first step of a task that begins at once. */
    EAGER_TASK((ground, fault) -> {
        Task<Object> task = Check.call(ground.loop(), () -> {
            Task<Object> eager = Async.createTask(TaskOptions.DEFAULT.withEagerStart(true), () -> fault.strike());
            Check.that(eager.isDone(), "not done at once");
            return eager;
        });
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The task factory. */
    TASK_FACTORY((ground, fault) -> {
        EventLoop loop = ground.loop();
        TaskFactory before = loop.taskFactory();
        // Others may want tasks meanwhile.
        loop.setTaskFactory((l, options, body, creator) ->
                "unwanted".equals(options.name()) ? fault.strike() : creator.createTask(options, body));
        try {
            ground.requireThrown(fault, thrownBy(() -> loop.createTask("unwanted", () -> {})));
        } finally {
            loop.setTaskFactory(before);
        }
    }),
    /** A child of a group: its siblings end, and the group fails. */
    GROUP((ground, fault) -> {
        Task<?> task = ground.loop()
                .createTask(() -> Async.taskGroup(group -> {
                    group.createTask(() -> Async.sleep(Duration.ofDays(1)));
                    group.createTask(() -> fault.strike());
                }));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The body of a group. */
    GROUP_BODY((ground, fault) -> {
        Task<?> task = ground.loop()
                .createTask(() -> Async.taskGroup(group -> {
                    group.createTask(() -> Async.sleep(Duration.ofDays(1)));
                    Async.yieldNow();
                    fault.strike();
                }));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** Work under a timeout. */
    TIMEOUT((ground, fault) -> {
        Task<?> task = ground.loop()
                .createTask(() -> Async.timeout(Duration.ofDays(1), () -> {
                    Async.yieldNow();
                    fault.strike();
                }));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** One of several that are gathered. */
    GATHER((ground, fault) -> {
        Task<?> task = ground.loop()
                .createTask(() ->
                        Async.gather(() -> 1, () -> fault.strike(), () -> 3).await());
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** What is shielded. */
    SHIELD((ground, fault) -> {
        Task<?> task = ground.loop()
                .createTask(() -> Async.shield(() -> fault.strike()).await());
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** A command of the loop as an executor. */
    EXECUTE((ground, fault) -> {
        ground.loop().executor().execute(fault::strike);
        ground.requireReported(fault);
    }),
    /** A submission to the loop as an executor. */
    SUBMIT((ground, fault) -> {
        Future<Object> future = ground.loop().executor().submit((Callable<Object>) fault::strike);
        ground.requireThrown(fault, thrownBy(() -> Check.join(future)));
    }),
    /** A repeated submission, which ends with it. */
    SCHEDULE((ground, fault) -> {
        Future<?> future =
                ground.loop().executor().scheduleAtFixedRate(fault::strike, 10, 1_000, TimeUnit.MICROSECONDS);
        ground.requireThrown(fault, thrownBy(() -> Check.join(future)));
    }),
    /** A thread of the loop's factory. */
    FACTORY_THREAD((ground, fault) -> {
        ground.loop().threadFactory().newThread(fault::strike).start();
        ground.requireReported(fault);
    }),
    /** A thread of the loop's factory with a handler of its own. */
    FACTORY_THREAD_WITH_HANDLER((ground, fault) -> {
        AtomicReference<@Nullable Throwable> got = new AtomicReference<>();
        Thread thread = ground.loop().threadFactory().newThread(fault::strike);
        thread.setUncaughtExceptionHandler((where, failure) -> got.set(failure));
        thread.start();
        thread.join();
        ground.requireThrown(fault, got.get());
    }),
    /** A handler of a thread of the loop's factory that fails itself. */
    HANDLER_OF_FACTORY_THREAD((ground, fault) -> {
        Thread thread = ground.loop().threadFactory().newThread(new Fault(Fault.Kind.UNCHECKED)::strike);
        thread.setUncaughtExceptionHandler((where, failure) -> fault.strike());
        thread.start();
        thread.join();
        ground.requireReported(fault);
    }),
    /** A handler of a thread that a task has started. */
    HANDLER_OF_ADOPTED_THREAD((ground, fault) -> {
        Check.run(ground.loop(), () -> {
            Thread thread = Thread.ofVirtual().unstarted(new Fault(Fault.Kind.UNCHECKED)::strike);
            thread.setUncaughtExceptionHandler((where, failure) -> fault.strike());
            thread.start();
            thread.join();
        });
        ground.requireReported(fault);
    }),
    /** Work for a worker. */
    RUN_IN_EXECUTOR((ground, fault) -> {
        LoopFuture<?> future = ground.loop().runInExecutor(() -> fault.strike());
        ground.requireThrown(fault, Check.failure(future));
    }),
    /** Work for a worker, waited for. */
    TO_THREAD((ground, fault) -> {
        Task<?> task = ground.loop().createTask(() -> Async.toThread(() -> fault.strike()));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** An executor of the user's that refuses. */
    REFUSING_EXECUTOR((ground, fault) -> {
        Executor refusing = command -> fault.strike();
        ground.requireThrown(fault, thrownBy(() -> ground.loop().runInExecutor(refusing, () -> 1)));
    }),
    /** What a publisher does when it is subscribed to. */
    SUBSCRIBE((ground, fault) -> {
        Task<?> task = ground.loop().createTask(() -> Async.iterate(subscriber -> fault.strike()));
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** {@code request} of a subscription, called by the reader. */
    REQUEST((ground, fault) -> {
        Task<?> task = ground.loop().createTask(() -> {
            Flow.Publisher<Integer> publisher = subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long count) {
                    if (count == 1) {
                        fault.strike();
                    }
                    subscriber.onNext(1);
                    subscriber.onNext(2);
                }

                @Override
                public void cancel() {}
            });
            try (PublishedItems<Integer> items = Async.iterate(publisher, 2)) {
                items.next();
                items.next();
            }
        });
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** {@code cancel} of a subscription, called when a task ends that has left it open. */
    CANCEL_OF_SUBSCRIPTION((ground, fault) -> {
        Check.run(ground.loop(), () -> {
            Async.iterate(subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
                @Override
                public void request(long count) {}

                @Override
                public void cancel() {
                    fault.strike();
                }
            }));
        });
        ground.requireReported(fault);
    }),
    /** A generator. */
    GENERATOR((ground, fault) -> {
        Task<?> task = ground.loop().createTask(() -> {
            Generator<Integer> generator = Generator.of(out -> {
                out.yield(1);
                fault.strike();
            });
            for (int each : generator) {
                Check.equal("the first", 1, each);
            }
        });
        ground.requireThrown(fault, Check.failure(task));
    }),
    /** The factory of a service, which is called under a lock. */
    SERVICE_FACTORY((ground, fault) -> ground.requireThrown(
            fault, thrownBy(() -> ground.loop().service(NoService.class, loop -> fault.strike())))),
    /** The handler of a signal. */
    SIGNAL((ground, fault) -> {
        ground.loop().addSignalHandler("WINCH", fault::strike);
        try {
            raise("WINCH");
            ground.requireReported(fault);
        } finally {
            ground.loop().removeSignalHandler("WINCH");
        }
    });

    private final Place place;

    CorePlace(Place place) {
        this.place = place;
    }

    @Override
    public void fail(Ground ground, Fault fault) throws Exception {
        place.fail(ground, fault);
    }

    /** What a call throws; fails when it returns. */
    static Throwable thrownBy(Callable<?> call) {
        Object result;
        try {
            result = call.call();
        } catch (Throwable thrown) {
            return thrown;
        }
        throw new AssertionError("nothing was thrown, it returned " + result);
    }

    /** By reflection, as javac warns of the class by name. */
    private static void raise(String name) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        signal.getMethod("raise", signal)
                .invoke(null, signal.getConstructor(String.class).newInstance(name));
    }

    /** A service that is never made. */
    private interface NoService extends LoopService {}
}

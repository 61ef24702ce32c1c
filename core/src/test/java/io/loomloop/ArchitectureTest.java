package io.loomloop;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.loomloop.coroutine.Coroutine;
import io.loomloop.coroutine.Generator;
import io.loomloop.coroutine.GeneratorExit;
import io.loomloop.coroutine.Step;
import io.loomloop.coroutine.Yielder;
import io.loomloop.spi.LoopDriver;
import io.loomloop.spi.LoopService;
import io.loomloop.sync.LoopBarrier;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.sync.QueueShutDownException;
import io.loomloop.testing.LoopExtension;
import io.loomloop.testing.LoopOracle;
import io.loomloop.testing.VirtualTimeDriver;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessibleObject;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The arrows of the design: who may use what. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter().importPath(PublicTypes.classes());

    @Test
    @DisplayName("core depends on the JDK's java.* packages alone, and on annotations; the JUnit extension on JUnit")
    void dependencies() {
        classes()
                .that()
                .doNotHaveFullyQualifiedName(LoopExtension.class.getName())
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "io.loomloop..", "org.jspecify.annotations")
                .check(CORE);
    }

    @Test
    @DisplayName(
            "only VirtualThreads reaches for what is not public, Continuations for generators and ProcessSignals for Ctrl-C")
    void nonPublicAccess() {
        noClasses()
                .that(areNotPartOf("VirtualThreads", "Continuations", "ProcessSignals"))
                .should()
                .accessTargetWhere(calls(AccessibleObject.class, "setAccessible", "trySetAccessible"))
                .orShould()
                .accessTargetWhere(calls(Class.class, "forName", "getDeclaredField", "getDeclaredMethod"))
                .orShould()
                .accessTargetWhere(calls(MethodHandles.class, "privateLookupIn"))
                .check(CORE);
    }

    @Test
    @DisplayName("only those who park the loop, or a thread outside of it, use LockSupport")
    void parking() {
        noClasses()
                .that(areNotPartOf(
                        "Parking",
                        "LoopThread",
                        "ParkingDriver",
                        "Watchdog",
                        "LoopFuture",
                        "VirtualTimeDriver",
                        "LoopOracle"))
                .should()
                .dependOnClassesThat()
                .areAssignableTo(LockSupport.class)
                .check(CORE);
    }

    @Test
    @DisplayName(
            "real time is read by the drivers; and by the watchdog and by platform threads that wait, which have no loop's clock")
    void realTime() {
        noClasses()
                .that(areNotPartOf("ParkingDriver", "VirtualTimeDriver", "Watchdog", "Parking"))
                .should()
                .accessTargetWhere(calls(System.class, "nanoTime", "currentTimeMillis"))
                .check(CORE);
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.time.Instant")
                .check(CORE);
    }

    @Test
    @DisplayName(
            "what a task touches in the middle of a step has no locks, or the loop would do other things meanwhile")
    void noHiddenSwitches() {
        noClasses()
                .that(areNotPartOf(
                        "WeakIdentityMap", "WorkerPool")) // debug mode; an executor, whose queue has locks anyway
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ConcurrentHashMap")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.ref.Cleaner")
                .check(CORE);
    }

    @Test
    @DisplayName("nothing in core sleeps, and no method is synchronized")
    void noPinning() {
        noClasses().should().accessTargetWhere(calls(Thread.class, "sleep")).check(CORE);
        methods().should().notHaveModifier(JavaModifier.SYNCHRONIZED).check(CORE);
    }

    @Test
    @DisplayName("the packages have no cycles, and the seam to the world does not know the engine")
    void packages() {
        slices().assignedFrom(new ByPackage()).should().beFreeOfCycles().check(CORE);
        noClasses()
                .that()
                .resideInAPackage("io.loomloop.spi")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.loomloop")
                .check(CORE);
    }

    @Test
    @DisplayName(
            "locks and queues are built on public types alone, park nobody themselves, and the loop does not know them")
    void sync() {
        noClasses()
                .that()
                .resideInAPackage("io.loomloop.sync")
                .should()
                .dependOnClassesThat(resideInAPackage("io.loomloop").and(not(modifier(JavaModifier.PUBLIC))))
                .check(CORE);
        noClasses()
                .that()
                .resideInAPackage("io.loomloop.sync")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.concurrent.locks")
                .check(CORE);
        noClasses()
                .that()
                .resideInAPackage("io.loomloop")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.loomloop.sync")
                .check(CORE);
    }

    @Test
    @DisplayName("no class is named for being a helper, and no package for being hidden")
    void names() {
        noClasses()
                .should()
                .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)(\\$.*)?")
                .check(CORE);
        noClasses()
                .should()
                .resideInAnyPackage("..internal..", "..impl..", "..util..", "..utils..")
                .check(CORE);
    }

    @Test
    @DisplayName("the public types are these; a new one is a decision")
    void publicTypes() {
        Set<Class<?>> reviewed = Set.of(
                Async.class,
                Body.class,
                CallGraph.class,
                CancelledException.class,
                Context.class,
                ContextVar.class,
                ContextVar.Token.class,
                ErrorContext.class,
                EventLoop.class,
                EventLoop.Builder.class,
                ExceptionHandler.class,
                Handle.class,
                InvalidStateException.class,
                KeyboardInterruptException.class,
                LoopClosedException.class,
                LoopFuture.class,
                LoopGroup.class,
                LoopStatistics.class,
                PinnedException.class,
                PublishedItems.class,
                ReturnWhen.class,
                Runner.class,
                Task.class,
                ScopeBody.class,
                VoidScopeBody.class,
                ExceptionGroup.class,
                ExceptionGroup.Split.class,
                TaskGroup.class,
                TaskGroupOptions.class,
                TaskFactory.class,
                TaskFactory.Creator.class,
                TaskOptions.class,
                Timeout.class,
                TimerHandle.class,
                VoidBody.class,
                WaitResult.class,
                LoopDriver.class,
                LoopService.class,
                LoopExtension.class,
                LoopOracle.class,
                VirtualTimeDriver.class,
                LoopBarrier.class,
                LoopBarrier.Statistics.class,
                LoopCondition.class,
                LoopCondition.Statistics.class,
                LoopEvent.class,
                LoopEvent.Statistics.class,
                LoopLock.class,
                LoopLock.Statistics.class,
                LoopQueue.class,
                LoopQueue.Statistics.class,
                LoopSemaphore.class,
                LoopSemaphore.Statistics.class,
                QueueShutDownException.class,
                Coroutine.class,
                Coroutine.Body.class,
                Coroutine.VoidBody.class,
                Generator.class,
                GeneratorExit.class,
                Step.class,
                Step.Returned.class,
                Step.Yielded.class,
                Yielder.class);
        assertThat(PublicTypes.all()).containsExactlyInAnyOrderElementsOf(reviewed);
    }

    @Test
    @DisplayName("public types are final, sealed or interfaces: nothing is subclassed that was not made for it")
    void nothingIsOpen() {
        assertThat(PublicTypes.all().stream()
                        .filter(type -> !type.isInterface() && !type.isSealed())
                        .filter(type -> !java.lang.reflect.Modifier.isFinal(type.getModifiers()))
                        .collect(Collectors.toSet()))
                .isEmpty();
    }

    private static DescribedPredicate<JavaClass> areNotPartOf(String... topLevelNames) {
        Set<String> names = Set.of(topLevelNames);
        return DescribedPredicate.describe("are not part of " + names, type -> {
            String name = type.getName().substring(type.getPackageName().length() + 1);
            int nested = name.indexOf('$');
            return !names.contains(nested < 0 ? name : name.substring(0, nested));
        });
    }

    private static DescribedPredicate<JavaAccess<?>> calls(Class<?> owner, String... methodNames) {
        Set<String> names = Set.of(methodNames);
        return DescribedPredicate.describe("of " + owner.getSimpleName() + "." + names, access -> {
            AccessTarget target = access.getTarget();
            return names.contains(target.getName()) && target.getOwner().isAssignableTo(owner);
        });
    }

    private static final class ByPackage implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return SliceIdentifier.of(type.getPackageName());
        }

        @Override
        public String getDescription() {
            return "packages";
        }
    }
}

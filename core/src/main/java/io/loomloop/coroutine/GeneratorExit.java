package io.loomloop.coroutine;

/**
 * Thrown out of {@code yield} into a body that is being closed, so that its {@code finally} blocks run: Python's
 * {@code GeneratorExit}.
 *
 * <p>Let it go on, or clean up and return; a body that yields instead makes {@code close} fail. It is an {@link Error} so that
 * {@code catch (Exception e)} does not swallow it, for the reason that Python's is a {@code BaseException}. It has no stack trace.
 */
public final class GeneratorExit extends Error {
    private static final long serialVersionUID = 1L;

    GeneratorExit() {
        super("closed", null, false, false);
    }
}

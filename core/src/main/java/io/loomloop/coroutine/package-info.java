/**
 * Generators and coroutines: bodies that stop in the middle and are driven on by hand. They need no event loop, and work inside
 * of its tasks.
 */
@NullMarked
package io.loomloop.coroutine;

import org.jspecify.annotations.NullMarked;

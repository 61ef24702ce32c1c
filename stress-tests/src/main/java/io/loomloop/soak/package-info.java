/** Programs that use loops hard for a long time, check what comes out, and watch that nothing grows. */
@NullMarked
package io.loomloop.soak;

import org.jspecify.annotations.NullMarked;

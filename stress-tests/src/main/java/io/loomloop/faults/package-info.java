/** Failures of users' code of every kind, in every place where a loop runs users' code; interrupts and closes at random moments. */
@NullMarked
package io.loomloop.faults;

import org.jspecify.annotations.NullMarked;

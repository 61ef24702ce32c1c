/** The seam between the loop and the world: where it gets the time, how it waits and how it is woken. */
@NullMarked
package io.loomloop.spi;

import org.jspecify.annotations.NullMarked;

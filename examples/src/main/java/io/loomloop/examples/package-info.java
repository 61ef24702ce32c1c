/** Small programs that show one idea each. */
@NullMarked
package io.loomloop.examples;

import org.jspecify.annotations.NullMarked;

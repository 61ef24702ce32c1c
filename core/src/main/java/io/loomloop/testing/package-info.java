/** Testing programs of a loop: time that does not pass by itself, and tests whose bodies are tasks. */
@NullMarked
package io.loomloop.testing;

import org.jspecify.annotations.NullMarked;

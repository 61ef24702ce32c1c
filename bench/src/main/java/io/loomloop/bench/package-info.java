/** JMH benchmarks of the loop, each beside what one would use instead. */
@NullMarked
package io.loomloop.bench;

import org.jspecify.annotations.NullMarked;

/** JMH's results, as tables and charts. */
@NullMarked
package io.loomloop.bench.report;

import org.jspecify.annotations.NullMarked;

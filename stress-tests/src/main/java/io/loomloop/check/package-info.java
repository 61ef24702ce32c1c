/** What the long runs and the fault tests have in common. */
@NullMarked
package io.loomloop.check;

import org.jspecify.annotations.NullMarked;

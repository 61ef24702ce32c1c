/**
 * Libraries that know nothing of loops, on one: each a program of its own,
 * {@code mvn -q process-classes -pl examples -am -Drecipe=Jetty}, and all of them on other executors as well, {@code -Drecipe=Comparison}.
 */
@NullMarked
package io.loomloop.examples.recipes;

import org.jspecify.annotations.NullMarked;

/**
 * Libraries that know nothing of loops, on one: each a program of its own, {@code mvn -q process-classes -Drecipe=Jetty}, and the
 * {@link io.loomloop.examples.recipes.ComparisonRecipe} of all of them on other executors.
 */
@NullMarked
package io.loomloop.examples.recipes;

import org.jspecify.annotations.NullMarked;

/** Echo over TCP: the servers, each in a process of its own, and the load. */
@NullMarked
package io.loomloop.bench.echo;

import org.jspecify.annotations.NullMarked;

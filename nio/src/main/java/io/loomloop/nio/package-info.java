/** Network and process I/O for the loop: streams, servers, datagrams, TLS and subprocesses. */
@NullMarked
package io.loomloop.nio;

import org.jspecify.annotations.NullMarked;

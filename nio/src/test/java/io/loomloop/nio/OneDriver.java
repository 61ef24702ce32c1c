package io.loomloop.nio;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Not in {@link StreamContract}: what is tested lies above the drivers and takes long, so once, with the default, is enough. */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
@interface OneDriver {}

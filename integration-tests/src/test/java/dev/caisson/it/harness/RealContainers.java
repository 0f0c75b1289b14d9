package dev.caisson.it.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that make containers. Each gets a {@link Sandbox} of its own as a parameter, and fails if anything of what it made is still
 * there at its end. Skipped where there is no runtime, or the user isn't root.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(SandboxExtension.class)
public @interface RealContainers {}

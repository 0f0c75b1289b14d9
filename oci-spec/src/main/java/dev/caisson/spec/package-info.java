/**
 * The documents of the OCI runtime specification 1.3 as records, for Linux.
 *
 * <p>Reading ({@link dev.caisson.spec.SpecReader}) turns bytes into records and knows types and ranges; validation
 * ({@link dev.caisson.spec.SpecValidator}) knows what the specification demands beyond that; writing
 * ({@link dev.caisson.spec.SpecWriter}) turns records into JSON. Whatever depends on the host or on the runtime is decided elsewhere.
 *
 * <h2>Conventions of all records</h2>
 * <ul>
 *   <li>Component names are the JSON names; where Java reserves the word, the Javadoc names the JSON field.</li>
 *   <li>An absent scalar is {@code null} in a boxed type where its absence says something other than its default; a
 *       {@code boolean} or a number in a primitive type has the default {@code false} or {@code 0} when absent.</li>
 *   <li>An optional string is {@code null} when absent; the empty string counts as absent too, since the clients' JSON library
 *       does not tell the two apart. A string that the specification requires is never null once read.</li>
 *   <li>Lists and maps are never null (empty when absent), unmodifiable, and keep the order of the file; where absent and empty
 *       mean different things, the Javadoc says so and absent is {@code null}. Constructors copy what they are given.</li>
 *   <li>An absent object is {@code null}.</li>
 *   <li>{@code uint32} is held in a {@code long}; {@code uint64} is held in a {@code long} as its 64 bits, so the upper half of
 *       its range is negative: print it with {@link java.lang.Long#toUnsignedString(long)} and compare it with
 *       {@link java.lang.Long#compareUnsigned(long, long)}.</li>
 * </ul>
 * Section names in the Javadoc are those of the specification's pages config.md, config-linux.md, runtime.md and features.md.
 * Records are immutable and can be shared between threads.
 */
package dev.caisson.spec;

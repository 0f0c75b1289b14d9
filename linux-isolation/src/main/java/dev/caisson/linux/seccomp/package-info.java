/**
 * From {@code linux.seccomp} of a configuration to the classic BPF program that seccomp(2) loads.
 *
 * <p>{@link dev.caisson.linux.seccomp.SeccompFilter#compile} looks each name up in the tables of the ABIs that the machine runs
 * ({@code Abi}, {@code SyscallTable}), gathers the rules of each number ({@code Calls}, {@code Rule}, {@code Condition}), joins neighbours
 * with the same rules to ranges ({@code Ranges}, {@code Decision}) and writes a binary search over them ({@code Assembler}):
 * <pre>
 *     load arch ── own ABI?  ── load nr ── binary search ──┬── verdict
 *                │                                         └── conditions, rule by rule ── verdict
 *                ├─ 32-bit ABI? ── the same
 *                └─ neither: kill
 * </pre>
 * On x86-64 the search covers x32 too, whose numbers have a bit of their own. What a program means, where entries of a profile
 * overlap, and why it is made here stands in docs/decisions/0005-seccomp.md.
 */
package dev.caisson.linux.seccomp;

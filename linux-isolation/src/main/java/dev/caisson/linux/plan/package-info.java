/**
 * The launch plan: what the front does to make a process, as data. {@link dev.caisson.linux.plan.PlanBuilder} writes one down,
 * {@link dev.caisson.linux.plan.PlanPrinter} says it in words, {@link dev.caisson.linux.plan.PlanEncoder} makes the bytes that
 * the front's interpreter runs. Which operations there are stands in the front's {@code ops.def}.
 */
package dev.caisson.linux.plan;

/** Capability names and sets, and the operations that give a process its own. */
package dev.caisson.linux.capabilities;

/** The driver's memory: regions mapped from passed descriptors, translation with bounds at every access, the log of written pages. */
package dev.caisson.virtio.memory;

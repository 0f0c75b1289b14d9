/** Devices: models that know requests and nothing of transports, and what hosts them. */
package dev.caisson.virtio.device;

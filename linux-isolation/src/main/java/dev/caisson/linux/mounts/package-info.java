/** The mounts of a container: options read, and the operations that make each one beneath the rootfs. */
package dev.caisson.linux.mounts;

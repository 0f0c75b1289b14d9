/**
 * The container's cgroup: where it is, its limits, and what is done to all of its processes. The engine does this by itself, with
 * plain file I/O on the host's cgroup mounts, which no container controls; a child is only told where to write (v1) or is born
 * inside (v2). {@link dev.caisson.linux.cgroups.CgroupHost} says what the host mounts, and
 * {@link dev.caisson.linux.cgroups.ContainerCgroup} is one container's cgroup on it. There is one small class a controller.
 *
 * <p>Limits come from the {@code linux.resources} of config.json (config-linux.md, "Control groups"). The kernel's side is described
 * in Documentation/admin-guide/cgroup-v1/ and Documentation/admin-guide/cgroup-v2.rst.
 */
package dev.caisson.linux.cgroups;

/**
 * From a container's configuration to its launch plans. {@link dev.caisson.linux.launch.CreateLaunch} and
 * {@link dev.caisson.linux.launch.ExecLaunch} are pure: what they need to know of the host stands in
 * {@link dev.caisson.linux.launch.HostFacts} and in their requests.
 */
package dev.caisson.linux.launch;

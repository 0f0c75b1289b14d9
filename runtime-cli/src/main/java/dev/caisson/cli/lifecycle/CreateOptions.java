package dev.caisson.cli.lifecycle;

import java.nio.file.Path;

/**
 * What {@code create} and {@code run} are asked for.
 *
 * @param id            the container's id, not validated yet
 * @param bundle        the bundle's folder, absolute
 * @param config        the file that is its configuration, absolute
 * @param pidFile       where the pid of the container's process is written, absolute; or null
 * @param consoleSocket the unix socket that the pty's master is sent to, absolute; or null
 * @param pidfdSocket   the unix socket that the process's pidfd is sent to, absolute; or null
 * @param preserveFds   how many descriptors from 3 on the container's process inherits, 0 or more
 * @param noPivot       move the root with chroot, for a host whose root is a ramdisk
 * @param noNewKeyring  keep the caller's session keyring
 * @param noSubreaper   accepted for compatibility: the front never is a sub-reaper
 */
public record CreateOptions(String id, Path bundle, Path config, Path pidFile, Path consoleSocket, Path pidfdSocket,
                            int preserveFds, boolean noPivot, boolean noNewKeyring, boolean noSubreaper) {}

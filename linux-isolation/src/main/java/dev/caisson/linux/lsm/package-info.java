/** Linux security modules: AppArmor profiles and SELinux labels of processes and mounts. */
package dev.caisson.linux.lsm;

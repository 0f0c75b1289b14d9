/** Intel Resource Director Technology: caches and memory bandwidth, by the kernel's resctrl file system (arch/x86/resctrl.rst). */
package dev.caisson.linux.resctrl;

/** Network devices on their way from the runtime's network namespace into a container's, by rtnetlink(7). */
package dev.caisson.linux.network;

/** What the tests stand on: a runtime to test, bundles to give it, and a check that nothing of them stays. */
package dev.caisson.it.harness;

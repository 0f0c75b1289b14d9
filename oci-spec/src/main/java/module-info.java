/** The OCI runtime specification's documents as records: read, validated, written. */
module dev.caisson.spec {
    requires com.fasterxml.jackson.core;

    exports dev.caisson.spec;
}

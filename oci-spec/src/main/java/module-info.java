/** The OCI runtime specification's documents as records: read, validated, written. */
module dev.caisson.spec {
    requires transitive com.fasterxml.jackson.databind;

    exports dev.caisson.spec;
}

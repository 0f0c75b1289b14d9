/** The OCI runtime specification's documents as records: read, validated, written. */
module dev.caisson.spec {
    exports dev.caisson.spec;
}

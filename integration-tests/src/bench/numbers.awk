# Figures of the bench to Markdown tables: what|contender|bundle|value.
{
    value[$1, $2, $3] = $4
    if ($1 ~ /^(cpu|peak|engine)/) next
    if (!($1 in step_seen)) { step_seen[$1] = 1; steps[++step_count] = $1 }
    if (!($3 in bundle_seen)) { bundle_seen[$3] = 1; bundles[++bundle_count] = $3 }
}
function figure(what, who, bundle) { return (what, who, bundle) in value ? value[what, who, bundle] : "–" }
function ratio(what, who, bundle, whom) {
    return ((what, who, bundle) in value) && value[what, whom, bundle] > 0 ? value[what, who, bundle] / value[what, whom, bundle] : -1
}
function shown(r) { return r < 0 ? "–" : sprintf("%.2f", r) }
function promise(text, limit, measured, unit) {
    printf "| %s | ≤ %s%s | %s | %s |\n", text, limit, unit, measured < 0 ? "–" : sprintf("%.2f%s", measured, unit), \
        measured < 0 ? "not measured" : measured <= limit ? "yes" : "**no**"
}
END {
    for (b = 1; b <= bundle_count; b++) {
        bundle = bundles[b]
        printf "\n## Steps, bundle *%s*\n\n", bundle
        print "| step | caisson | one-shot | runc | crun | caisson ÷ runc | caisson ÷ crun | one-shot ÷ runc |"
        print "|---|---|---|---|---|---|---|---|"
        for (s = 1; s <= step_count; s++) {
            what = steps[s]
            printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", what, figure(what, "caisson", bundle), figure(what, "one-shot", bundle), \
                figure(what, "runc", bundle), figure(what, "crun", bundle), shown(ratio(what, "caisson", bundle, "runc")), \
                shown(ratio(what, "caisson", bundle, "crun")), shown(ratio(what, "one-shot", bundle, "runc"))
        }
    }
    print "\n## Memory\n\n| what | caisson | one-shot | runc | crun |\n|---|---|---|---|---|"
    printf "| the caller's process at its peak, MB | %s | %s | %s | %s |\n", figure("peak MB", "caisson", "caller"), \
        figure("peak MB", "one-shot", "caller"), figure("peak MB", "runc", "caller"), figure("peak MB", "crun", "caller")
    printf "| the engine after %d containers more, resident MB | %s | – | – | – |\n", containers, figure("engine MB", "caisson", containers)
    print "\n## Promises, bundle *default* where no other is named\n\n| what | promised | measured | reached |\n|---|---|---|---|"
    promise("`run` true ÷ runc", 0.25, ratio("run true", "caisson", "default", "runc"), "")
    promise("`create` with Podman's seccomp profile and all (bundle *podman*) ÷ runc", 0.3, ratio("create", "caisson", "podman", "runc"), "")
    promise("`run` true ÷ crun", 0.8, ratio("run true", "caisson", "default", "crun"), "")
    promise("`exec` true ÷ runc", 0.2, ratio("exec true", "caisson", "default", "runc"), "")
    promise("`state` ÷ runc", 0.35, ratio("state", "caisson", "default", "runc"), "")
    promise("`start` ÷ runc", 0.35, ratio("start", "caisson", "default", "runc"), "")
    promise("`kill` ÷ runc", 0.35, ratio("kill", "caisson", "default", "runc"), "")
    promise("`delete` ÷ runc", 0.35, ratio("delete", "caisson", "default", "runc"), "")
    promise("one-shot `run` true ÷ runc", 4, ratio("run true", "one-shot", "default", "runc"), "")
    promise("one-shot `state`, CPU time of front and engine", 150, (("cpu state", "one-shot", "default") in value) ? value["cpu state", "one-shot", "default"] : -1, " ms")
    promise("the front's peak memory", 2, (("peak MB", "caisson", "caller") in value) ? value["peak MB", "caisson", "caller"] : -1, " MB")
    promise("the engine's resident memory", 110, (("engine MB", "caisson", containers) in value) ? value["engine MB", "caisson", containers] : -1, " MB")
}

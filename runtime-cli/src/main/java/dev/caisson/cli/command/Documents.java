package dev.caisson.cli.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Writes the distribution's man pages and completions from {@link HelpPages#model()}. Run by the build. */
public final class Documents {

    private final CommandSpec all = HelpPages.model().getCommandSpec();
    private final List<CommandSpec> verbs =
            all.subcommands().values().stream().map(CommandLine::getCommandSpec).toList();

    private Documents() {}

    /**
     * Writes man/man1, bash-completion/completions and zsh/site-functions.
     *
     * @param arguments the folder, such as /usr/local/share
     */
    public static void main(String[] arguments) throws IOException {
        Path share = Path.of(arguments[0]);
        Documents documents = new Documents();
        write(share.resolve("man/man1/caisson.1"), documents.overview());
        for (CommandSpec verb : documents.verbs) {
            write(share.resolve("man/man1/caisson-" + verb.name() + ".1"), documents.page(verb));
        }
        write(share.resolve("bash-completion/completions/caisson"), documents.bash());
        write(share.resolve("zsh/site-functions/_caisson"), documents.zsh());
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    // ---- man pages (man(7)) ----

    private String overview() {
        StringBuilder page = head("caisson", all);
        page.append(".SH COMMANDS\n");
        for (CommandSpec verb : verbs) {
            page.append(".TP\n.BR caisson\\-").append(roff(verb.name())).append(" (1)\n").append(roff(summary(verb))).append('\n');
        }
        page.append(".SH FILES\n.TP\n.I /etc/caisson/caisson.conf\nthe settings: engine, idle_seconds, engine_log\n");
        page.append(".TP\n.I /run/caisson\nthe containers' state, where no other root is named\n");
        page.append(".SH ENVIRONMENT\n.TP\n.B CAISSON_ENGINE\nwhich engine carries a command out: auto, oneshot or resident\n");
        return page.toString();
    }

    private String page(CommandSpec verb) {
        return head("caisson-" + verb.name(), verb).append(".SH SEE ALSO\n.BR caisson (1)\n").toString();
    }

    private static StringBuilder head(String name, CommandSpec spec) {
        StringBuilder page = new StringBuilder(".TH " + name.toUpperCase(Locale.ROOT).replace("-", "\\-") + " 1\n.SH NAME\n");
        page.append(roff(name)).append(" \\- ").append(roff(summary(spec))).append('\n');
        page.append(".SH SYNOPSIS\n.B ").append(roff(String.join("\n.br\n.B ", spec.usageMessage().customSynopsis()).strip()))
                .append('\n');
        if (spec.usageMessage().description().length > 0) {
            page.append(".SH DESCRIPTION\n");
            for (String paragraph : spec.usageMessage().description()) {
                page.append(".PP\n").append(roff(paragraph)).append('\n');
            }
        }
        page.append(".SH OPTIONS\n");
        for (OptionSpec option : spec.options()) {
            page.append(".TP\n").append(Stream.of(option.names()).map(each -> "\\fB" + roff(each) + "\\fR")
                    .collect(Collectors.joining(", ")));
            if (takesValue(option)) {
                page.append(" \\fI").append(roff(option.paramLabel())).append("\\fR");
            }
            page.append('\n').append(roff(description(option))).append('\n');
        }
        return page;
    }

    private static String roff(String text) {
        String safe = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
        return safe.startsWith(".") ? "\\&" + safe : safe;
    }

    // ---- bash ----

    private String bash() {
        StringBuilder script = new StringBuilder("""
                # Completion of caisson for bash.
                _caisson() {
                    local word verb='' words='' i
                    local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
                    COMPREPLY=()
                    for ((i = 1; i < COMP_CWORD; i++)); do
                        word=${COMP_WORDS[i]}
                        case $word in
                """);
        script.append("            ").append(valueNames(all)).append(") ((++i)) ;;\n");
        script.append("""
                            -*) ;;
                            *) verb=$word; break ;;
                        esac
                    done
                    case "$verb $before" in
                """);
        script.append("        ").append(prefixed(" ", all)).append(") return ;;\n");
        for (CommandSpec verb : verbs) {
            if (verb.options().stream().anyMatch(Documents::takesValue)) {
                script.append("        ").append(prefixed(verb.name() + " ", verb)).append(") return ;;\n");
            }
        }
        script.append("    esac\n    case $verb in\n");
        script.append("        '') words='").append(names(all)).append(' ')
                .append(verbs.stream().map(CommandSpec::name).collect(Collectors.joining(" "))).append("' ;;\n");
        for (CommandSpec verb : verbs) {
            script.append("        ").append(verb.name()).append(") words='").append(names(verb));
            for (String operand : choices(verb)) {
                script.append(' ').append(operand);
            }
            script.append("' ;;\n");
        }
        script.append("    esac\n    case $verb in\n        ").append(verbs.stream().filter(Documents::takesContainer)
                .map(CommandSpec::name).collect(Collectors.joining(" | ")));
        script.append("""
                )
                            [[ $now == -* ]] || words+=" $(caisson list --quiet 2>/dev/null)" ;;
                    esac
                    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$now")
                }
                complete -o default -F _caisson caisson
                """);
        return script.toString();
    }

    private static String valueNames(CommandSpec spec) {
        return spec.options().stream().filter(Documents::takesValue).flatMap(option -> Stream.of(option.names()))
                .collect(Collectors.joining(" | "));
    }

    private static String prefixed(String prefix, CommandSpec spec) {
        return spec.options().stream().filter(Documents::takesValue).flatMap(option -> Stream.of(option.names()))
                .map(name -> '\'' + prefix + name + '\'').collect(Collectors.joining(" | "));
    }

    private static String names(CommandSpec spec) {
        return spec.options().stream().flatMap(option -> Stream.of(option.names())).collect(Collectors.joining(" "));
    }

    // ---- zsh (zshcompsys(1)) ----

    private String zsh() {
        StringBuilder script = new StringBuilder("""
                #compdef caisson
                _caisson_containers() {
                    local -a ids
                    ids=(${(f)"$(caisson list --quiet 2>/dev/null)"})
                    compadd -a ids
                }
                local context state state_descr line
                typeset -A opt_args
                """);
        List<String> words = arguments(all);
        words.add("'1:command:((" + verbs.stream().map(verb -> verb.name() + "\\:\"" + zsh(summary(verb)).replace("\"", "") + '"')
                .collect(Collectors.joining(" ")) + "))'");
        words.add("'*::argument:->verb'");
        script.append("_arguments -C \\\n    ").append(String.join(" \\\n    ", words)).append("\n[[ $state == verb ]] || return\n");
        script.append("case $words[1] in\n");
        for (CommandSpec verb : verbs) {
            List<String> own = arguments(verb);
            if (!choices(verb).isEmpty()) {
                own.add("'1:what:(" + String.join(" ", choices(verb)) + ")'");
            } else if (takesContainer(verb)) {
                own.add("'1:container:_caisson_containers'");
                own.add("'*:argument:_default'");
            }
            script.append("    ").append(verb.name()).append(") _arguments ").append(String.join(" ", own)).append(" ;;\n");
        }
        return script.append("esac\n").toString();
    }

    private static List<String> arguments(CommandSpec spec) {
        List<String> words = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            for (String name : option.names()) {
                String sign = takesValue(option) && name.startsWith("--") ? "=" : "";
                String value = takesValue(option) ? ":" + zsh(option.paramLabel()) + ":_default" : "";
                words.add('\'' + name + sign + '[' + zsh(description(option)) + ']' + value + '\'');
            }
        }
        return words;
    }

    private static String zsh(String text) {
        return text.replace("\\", "\\\\").replace("'", "'\\''").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:");
    }

    // ---- the model ----

    private static String summary(CommandSpec spec) {
        return String.join(" ", spec.usageMessage().header());
    }

    private static String description(OptionSpec option) {
        return String.join(" ", option.description());
    }

    private static boolean takesValue(OptionSpec option) {
        return option.arity().max() > 0;
    }

    private static String operands(CommandSpec spec) {
        return spec.positionalParameters().isEmpty() ? "" : spec.positionalParameters().getFirst().paramLabel();
    }

    /** One that is there: those with a bundle make a new one. */
    private static boolean takesContainer(CommandSpec verb) {
        return operands(verb).startsWith(Syntax.CONTAINER) && verb.findOption("bundle") == null;
    }

    /** Of operands such as {@code start|stop|status}. */
    private static List<String> choices(CommandSpec verb) {
        return operands(verb).matches("\\w+(\\|\\w+)+") ? List.of(operands(verb).split("\\|")) : List.of();
    }
}

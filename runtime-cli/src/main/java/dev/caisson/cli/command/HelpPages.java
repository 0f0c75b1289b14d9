package dev.caisson.cli.command;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** Help by picocli, from the same {@link Syntax} that command lines are taken apart by. Loaded only when somebody asks for help. */
public final class HelpPages {

    private HelpPages() {}

    /** The whole command line: also what man pages and completions are made from. */
    public static CommandLine model() {
        CommandSpec all = spec(GlobalOptions.SYNTAX);
        for (String name : Verbs.NAMES) {
            all.addSubcommand(name, new CommandLine(spec(Verbs.named(name).syntax())));
        }
        return new CommandLine(all);
    }

    static String all() {
        return model().getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    static String of(Syntax syntax) {
        return model().getSubcommands().get(syntax.name()).getUsageMessage(CommandLine.Help.Ansi.OFF);
    }

    private static CommandSpec spec(Syntax syntax) {
        CommandSpec spec = CommandSpec.create().name(syntax.name());
        spec.usageMessage().customSynopsis(synopsis(syntax)).header(syntax.summary()).description(syntax.description().toArray(String[]::new)).width(100)
                .adjustLineBreaksForWideCJKCharacters(false).sortOptions(false);
        for (Option option : syntax.options()) {
            spec.addOption(option(option));
        }
        spec.addOption(OptionSpec.builder("-h", "--help").description("show this").usageHelp(true).build());
        if (!syntax.operands().isEmpty() && !syntax.name().equals("caisson")) {
            boolean many = syntax.most() == Syntax.ANY;
            spec.addPositional(PositionalParamSpec.builder().paramLabel(syntax.operands()).hideParamSyntax(true)
                    .type(String[].class).arity(syntax.least() + ".." + (many ? "*" : Integer.toString(syntax.most()))).build());
        }
        return spec;
    }

    private static String synopsis(Syntax syntax) {
        String program = syntax == GlobalOptions.SYNTAX ? syntax.name() : GlobalOptions.SYNTAX.name() + " [global options] " + syntax.name();
        String options = syntax == GlobalOptions.SYNTAX ? " [global options] " : syntax.options().isEmpty() ? " " : " [options] ";
        return program + options + syntax.operands();
    }

    private static OptionSpec option(Option option) {
        String[] names = option.letter() == Option.NO_LETTER
                ? new String[] {"--" + option.name()}
                : new String[] {"-" + option.letter(), "--" + option.name()};
        OptionSpec.Builder builder = OptionSpec.builder(names).description(option.help());
        return switch (option.kind()) {
            case FLAG -> builder.type(boolean.class).arity("0").build();
            case TEXT, NUMBER -> builder.type(String.class).paramLabel(option.placeholder()).build();
            case TEXTS, NUMBERS -> builder.type(String[].class).paramLabel(option.placeholder()).build();
        };
    }
}

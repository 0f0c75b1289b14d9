package dev.caisson.cli.engine;

/** An engine that was started for one command. */
final class SingleUse implements EngineControl {

    private final Build build;
    private final long began = System.nanoTime();

    SingleUse(Build build) {
        this.build = build;
    }

    @Override
    public boolean resident() {
        return false;
    }

    @Override
    public long pid() {
        return ProcessHandle.current().pid();
    }

    @Override
    public Build build() {
        return build;
    }

    @Override
    public long uptimeSeconds() {
        return (System.nanoTime() - began) / 1_000_000_000L;
    }

    @Override
    public int connections() {
        return 1;
    }

    @Override
    public String socket() {
        return null;
    }

    @Override
    public void retire() {}
}

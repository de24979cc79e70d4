#include "cli/cli.hpp"

#include "cli/commands.hpp"

#include <CLI/CLI.hpp>

namespace dcs::cli {

namespace {

void add_simulate(CLI::App& parser, SimulateOptions& options) {
    parser.add_option("--host", options.host, "address to listen on")->capture_default_str();
    parser.add_option("--port", options.port, "port to listen on")->capture_default_str();
    parser.add_option("--seed", options.seed, "the same seed makes the same clinic")->capture_default_str();
    parser.add_option("--patients", options.patients, "how many patients the clinic has")->capture_default_str();
    parser.add_option("--speed", options.speed, "simulated seconds a second")->capture_default_str();
    parser.add_flag("--no-limits", options.no_limits, "no rate limits");
    parser.add_option("--callback-url", options.callback_url, "where webhooks go; none without it");
    parser.add_option("--secret", options.secret, "secret token of the webhook")->capture_default_str();
}

void add_demo(CLI::App& parser, DemoOptions& options) {
    parser.add_flag("--once", options.once, "end by itself; exit status 0 only if every delivery arrived everywhere");
    parser.add_option("--pace", options.pace, "2: twice as fast")->capture_default_str()->check(CLI::PositiveNumber);
    parser.add_option("--data-dir", options.data_dir, "keep the demo's database here (default: a temporary one)");
}

}  // namespace

int run(int argc, char** argv) {
    CLI::App parser{"Keeps a clinic's DrChrono account mirrored in PostgreSQL, audited, and published as events."};
    parser.name("drchrono-sync");
    parser.set_version_flag("--version", SYNC_VERSION);
    parser.require_subcommand(1);
    int status = 0;

    bool dev = false;
    auto* serve_parser =
        parser.add_subcommand("serve", "run the service until SIGTERM; settings come from the environment");
    serve_parser->add_flag("--dev", dev, "loopback only; a missing webhook secret is \"dev\"");
    serve_parser->callback([&] { status = serve(dev); });

    auto* migrate_parser = parser.add_subcommand("migrate", "bring the database to this version's schema, then end");
    migrate_parser->add_flag("--dev", dev, "as for serve");
    migrate_parser->callback([&] { status = migrate(dev); });

    auto* gridhook_parser = parser.add_subcommand("gridhook", "probe | replay: what to do when notes do not open");
    gridhook_parser->require_subcommand(1);
    std::string captured;
    bool show = false;
    auto* probe_parser = gridhook_parser->add_subcommand(
        "probe", "try every cipher and both secrets on a captured body; prints no clinical content");
    probe_parser->add_option("file", captured, "the body, or its ciphertext alone; -: standard input")->required();
    probe_parser->add_flag("--show", show, "print what was decrypted");
    probe_parser->callback([&] { status = gridhook_probe(captured, show); });
    std::vector<std::string> ids;
    bool all = false;
    auto* replay_parser = gridhook_parser->add_subcommand(
        "replay", "have dead gridhook deliveries tried again, with the settings of the running service");
    replay_parser->add_option("delivery_id", ids, "those the sender was told, or that inbox names");
    replay_parser->add_flag("--all", all, "all that are dead");
    replay_parser->add_flag("--dev", dev, "as for serve");
    replay_parser->callback([&] {
        if (ids.empty() != all) throw CLI::ValidationError{"replay", "name deliveries, or --all"};
        status = gridhook_replay(dev, ids);
    });

    SyncOptions sync_options;
    auto* sync_parser = parser.add_subcommand(
        "sync", "reconcile with DrChrono now; Ctrl-C leaves a checkpoint from which the next run goes on");
    sync_parser->add_option("resources", sync_options.resources, "patients, appointments, …; none: all, parents first");
    sync_parser->add_flag("--full", sync_options.full,
                          "all records instead of what changed since the last complete run");
    sync_parser->add_option("--since", sync_options.since, "what changed since this date or time without zone");
    sync_parser->add_flag("--plan", sync_options.plan,
                          "how many requests it would take and when it would be done; begins nothing");
    sync_parser->add_flag("--json", sync_options.json, "one JSON object instead of lines");
    sync_parser->add_flag("--dev", dev, "as for serve");
    sync_parser->callback([&] { status = sync(dev, sync_options); });

    CleanupOptions cleanup_options;
    auto* cleanup_parser =
        parser.add_subcommand("cleanup", "remove what the RETAIN_ settings no longer keep, beside the running service");
    cleanup_parser->add_flag("--dry-run", cleanup_options.dry_run, "count it, and change nothing");
    cleanup_parser->add_flag("--json", cleanup_options.json, "one JSON object instead of lines");
    cleanup_parser->add_flag("--dev", dev, "as for serve");
    cleanup_parser->callback([&] { status = cleanup(dev, cleanup_options); });

    auto* audit_parser = parser.add_subcommand("audit", "verify: whether what was audited is as it was");
    audit_parser->require_subcommand(1);
    std::string anchor;
    bool verified_as_json = false;
    auto* verify_parser = audit_parser->add_subcommand(
        "verify",
        "check change_log and access_log against their seals; name the first row altered, missing or inserted");
    verify_parser->add_option("--anchor", anchor, "a hash that an earlier run printed, kept elsewhere");
    verify_parser->add_flag("--json", verified_as_json, "one JSON object instead of lines");
    verify_parser->add_flag("--dev", dev, "as for serve");
    verify_parser->callback([&] { status = audit_verify(dev, anchor, verified_as_json); });

    SimulateOptions simulate_options;
    auto* simulate_parser = parser.add_subcommand("simulate", "run a simulated DrChrono (see simulator/README.md)");
    add_simulate(*simulate_parser, simulate_options);
    simulate_parser->callback([&] { status = simulate(simulate_options); });

    DemoOptions demo_options;
    auto* demo_parser =
        parser.add_subcommand("demo", "a morning at a simulated clinic, from webhook to record, audit row and event");
    add_demo(*demo_parser, demo_options);
    demo_parser->callback([&] { status = demo(demo_options); });

    auto* help_parser = parser.add_subcommand("help", "settings | routes: what can be set, what is answered");
    help_parser->require_subcommand(1);
    bool markdown = false;
    const auto add_help = [&](const char* name, const char* about, int (*command)(bool)) {
        auto* topic = help_parser->add_subcommand(name, about);
        topic->add_flag("--markdown", markdown, "as the README shows it");
        topic->callback([&status, &markdown, command] { status = command(markdown); });
    };
    add_help("settings", "every setting, its default and what it does", help_settings);
    add_help("routes", "every route and who may call it", help_routes);

    try {
        parser.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return parser.exit(problem) == 0 ? 0 : 2;
    }
    return status;
}

}  // namespace dcs::cli

#include "cli/cli.hpp"

#include "admin/reply.hpp"
#include "auth/admin_users.hpp"
#include "base/core_dumps.hpp"
#include "base/memory.hpp"
#include "base/said_time.hpp"
#include "cli/commands.hpp"
#include "cli/person.hpp"
#include "cli/suggestion.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace dcs::cli {

namespace {

constexpr auto shown_help =
    "access_log of the database that DB_HOST names, or that is in DATA_DIR, records it; without one, standard error says so";
constexpr auto dev_of_file_help = "as other commands take it; what is in the file does not depend on it";
constexpr auto dev_help = "use the settings and the database of serve --dev in this folder";

void add_simulate(CLI::App& parser, SimulateOptions& options) {
    parser.add_option("--host", options.host, "address to listen on")->capture_default_str();
    parser.add_option("--port", options.port, "port to listen on")->capture_default_str();
    parser.add_option("--seed", options.seed, "the same seed makes the same clinic")->capture_default_str();
    parser.add_option("--patients", options.patients, "how many patients the clinic has")->capture_default_str();
    parser.add_option("--speed", options.speed, "simulated seconds a second")->capture_default_str();
    parser.add_flag("--no-limits", options.no_limits, "answer without rate limits");
    parser.add_option("--callback-url", options.callback_url, "where webhooks go; none without it");
    parser.add_option("--secret", options.secret, "secret token of the webhook")->capture_default_str();
}

void add_demo(CLI::App& parser, DemoOptions& options) {
    parser.add_flag("--once", options.once, "end by itself; exit status 0 only if every delivery arrived everywhere");
    parser.add_option("--pace", options.pace, "how fast it plays; 2: twice as fast")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    parser.add_option("--data-dir", options.data_dir, "keep the demo's database here (default: a temporary one)");
}

void add_authorize(CLI::App& parser, AuthorizeOptions& options, int& seconds) {
    parser.add_option(
        "--redirect-uri", options.redirect_uri,
        "as registered in DrChrono (default: DRCHRONO_REDIRECT_URI); if it names this machine, the command listens there");
    parser.add_option("--port", options.port, "port to listen on, if not the redirect address's");
    parser.add_option("--wait", seconds, "seconds until it gives up")
        ->capture_default_str()
        ->check(CLI::Range(1, 86'400));
    parser.add_flag("--no-scope", options.no_scope,
                    "request no named scopes: DrChrono offers all that the application has");
    parser.add_flag("--allow-missing", options.allow_missing, "store the tokens even if scopes are missing");
    parser.add_flag("--new-key", options.new_key, "replace stored tokens that this TOKEN_KEY cannot decrypt");
    parser.add_option("--to", options.to,
                      "write the tokens as files into this directory, for a secret store; no database is needed");
}

/// --as: for machines and jobs that know no user of their own for each person.
void add_person(CLI::App& parser) {
    parser.add_option("--as", "your name for access_log, where many people share this account")
        ->check([](const std::string& name) { return std::string{auth::fault_of_name(name)}; })
        ->each([](const std::string& name) { claim_person(name); });
}

/// Empty: it is a time as every command takes it.
std::string fault_of_time(const std::string& text) {
    return read_said_time(text) ? std::string{} : fmt::format("takes {}", said_time_forms);
}

void add_read(CLI::App& gridhook, ReadOptions& options, int& status) {
    auto* parser = gridhook.add_subcommand(
        "read",
        "show how a payload is understood, member by member; stores nothing. Values are printed to a terminal or a named file only");
    parser->add_option("file", options.file, "the decrypted JSON, or the encrypted body; -: standard input")
        ->required();
    parser->add_option("--source", options.source, "which scribe sent it: deepcura or generic")->capture_default_str();
    parser->add_flag("--show", options.show, fmt::format("print values, at a terminal or into --out; {}", shown_help));
    parser->add_option("--out", options.out, "a new file for all that is printed, with values");
    add_person(*parser);
    parser->add_flag("--dev", dev_of_file_help);
    parser->callback([&] { status = gridhook_read(options); });
}

void add_accounting(CLI::App& parser, AccountingOptions& options, bool& dev, int& status) {
    const auto patient = [](const std::string& text) {
        const bool number =
            !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == std::string::npos;
        return std::string{number || admin::is_uuid(text) ? ""
                                                          : "must be a patient's number in DrChrono or id (uuid) here"};
    };
    parser.add_option("--since", options.since, fmt::format("from this time on, in UTC: {}", said_time_forms))
        ->required()
        ->check(fault_of_time);
    parser.add_option("--until", options.until, "before this time, spelled as --since; without it, until now")
        ->check(fault_of_time);
    parser.add_option("--patient", options.patient, "one patient, by the number in DrChrono or the id (uuid) here")
        ->check(patient);
    parser.add_option("--user", options.user,
                      "one person, by the name on the admin page or of the operating system's account");
    parser.add_option("--format", options.format, "table, csv, json or fhir")
        ->check(CLI::IsMember({"table", "csv", "json", "fhir"}))
        ->capture_default_str();
    parser.add_option("--out", options.out, "a new file; without it, shown on a terminal only");
    add_person(parser);
    parser.add_flag("--dev", dev, dev_help);
    parser.callback([&options, &dev, &status] { status = accounting(dev, options); });
}

/// What `gridhook replay` fills; outlives the parser.
struct ReplayOptions {
    RereadOptions reread{};
    bool all = false;
    bool rereads = false;
    bool dev = false;
};

void add_replay(CLI::App& gridhook, ReplayOptions& options, int& status) {
    auto* parser = gridhook.add_subcommand(
        "replay",
        "have the running service retry dead deliveries of scribes, with its settings; with --reread: read stored notes "
        "by the rules of this version");
    parser->add_option(
        "id", options.reread.ids,
        "IDs of deliveries (delivery_id in the answer, id in inbox); with --reread: of notes (noteId). The first 8 characters "
        "are enough");
    parser->add_flag("--all", options.all, "all that are dead; with --reread: all notes");
    auto* rereads = parser->add_flag("--reread", options.rereads, "say which columns of which notes would change");
    parser->add_flag("--apply", options.reread.apply, "store what would change as new versions")->needs(rereads);
    parser
        ->add_flag("--show", options.reread.show,
                   "print the values that change, at a terminal or into --out; access_log records it")
        ->needs(rereads);
    parser->add_option("--out", options.reread.out, "a new file for all that is printed")->needs(rereads);
    add_person(*parser);
    parser->add_flag("--dev", options.dev, dev_help);
    parser->callback([&] {
        if (options.reread.ids.empty() != options.all)
            throw CLI::ValidationError{"replay", "give one or more IDs, or --all"};
        status = options.rereads ? gridhook_reread(options.dev, options.reread)
                                 : gridhook_replay(options.dev, options.reread.ids);
    });
}

/// What `audit` fills; outlives the parser.
struct AuditOptions {
    bool dev = false;
    AuditVerifyOptions verify{};
    std::string reason{};
};

void add_audit(CLI::App& parser, AuditOptions& options, int& status) {
    auto* audit = parser.add_subcommand("audit", "verify: whether the audit logs are unchanged");
    audit->require_subcommand(1);
    auto* verify = audit->add_subcommand(
        "verify", "check change_log and access_log against their seals; name each row altered, missing or inserted");
    verify->add_option("--anchor", options.verify.anchor, "a hash that an earlier run printed, kept elsewhere");
    verify->add_option("--anchors", options.verify.anchors_file,
                       "a file of such hashes: what AUDIT_ANCHOR kept, or lines of the service's log");
    verify->add_flag("--json", options.verify.json, "one JSON object instead of lines");
    verify->add_flag("--dev", options.dev, dev_help);
    verify->callback([&] { status = audit_verify(options.dev, options.verify); });
    auto* take_over = audit->add_subcommand(
        "take-over",
        "seal on behind an end of the chain that no key confirms; `audit verify` tells it from then on, for ever");
    add_person(*take_over);
    take_over->get_option("--as")->required();
    take_over
        ->add_option("--reason", options.reason, "what was found out, and why the chain goes on; kept in access_log")
        ->required()
        ->check([](const std::string& text) {
            return std::string{text.size() >= 3 && text.size() <= 500 ? "" : "takes 3 to 500 characters"};
        });
    take_over->add_flag("--dev", options.dev, dev_help);
    take_over->callback([&] { status = audit_take_over(options.dev, options.reason); });
}

/// What `backup`, `restore-drill` and `evidence` fill; outlives the parser.
struct ProofOptions {
    BackupOptions backup{};
    DrillOptions drill{};
    EvidenceOptions evidence{};
    bool dev = false;
};

void add_proofs(CLI::App& parser, ProofOptions& options, int& status) {
    auto* backup = parser.add_subcommand(
        "backup",
        "dump the database into BACKUP_DIR, with a manifest of what is in it; the dump holds clinical content");
    backup
        ->add_option("--keep", options.backup.keep,
                     "how many backups to keep, with this one; older ones are removed (default: all are kept)")
        ->check(CLI::Range(1, 10'000));
    add_person(*backup);
    backup->add_flag("--json", options.backup.json, "one JSON object instead of lines");
    backup->add_flag("--dev", options.dev, dev_help);
    backup->callback([&] { status = make_backup(options.dev, options.backup); });
    auto* drill = parser.add_subcommand(
        "restore-drill",
        "restore the newest backup into a private cluster, verify it, remove it, and note the result in restore_drills");
    drill->add_option("--scratch", options.drill.scratch,
                      "a directory with room for the restored data (default: DATA_DIR)");
    drill->add_flag("--json", options.drill.json, "one JSON object instead of lines");
    drill->add_flag("--dev", options.dev, dev_help);
    drill->callback([&] { status = restore_drill(options.dev, options.drill); });
    auto* evidence = parser.add_subcommand(
        "evidence",
        "what an auditor asks for, from the running state, as one ZIP: without patients and without secrets");
    evidence->add_option("--out", options.evidence.out, "a new file, pack.zip")->required();
    evidence
        ->add_option("--at", options.evidence.at,
                     fmt::format("the pack's time, in UTC (default: now): {}", said_time_forms))
        ->check(fault_of_time);
    evidence->add_option("--days", options.evidence.days, "how far back views are counted")
        ->capture_default_str()
        ->check(CLI::Range(1, 3'650));
    evidence->add_option("--sbom", options.evidence.sbom,
                         "the bill of materials (default: next to the program, .cdx.json)");
    evidence->add_option("--vulnerabilities", options.evidence.vulnerabilities,
                         "what tools/vulnerabilities wrote (default: next to the program, .vulnerabilities.json)");
    evidence->add_flag("--dev", options.dev, dev_help);
    evidence->callback([&] { status = make_evidence(options.dev, options.evidence); });
}

/// What `admin` and its subcommands fill; outlives the parser.
struct AdminOptions {
    AdminUserOptions user{};
    bool dev = false;
    bool all = false;
    std::string out{};
};

CLI::App* add_admin_command(CLI::App& parser, AdminOptions& options, const char* name, const char* about) {
    auto* command = parser.add_subcommand(name, about);
    command->add_flag("--dev", options.dev, dev_help);
    add_person(*command);
    return command;
}

void add_admin(CLI::App& parser, AdminOptions& options, int& status) {
    parser.require_subcommand(1);
    constexpr auto roles = "viewer, operator, phi-reader, admin or emergency; may come several times";
    auto* add = add_admin_command(parser, options, "add-user",
                                  "let somebody sign in; the password is asked for, or read from standard input");
    add->add_option("name", options.user.name, "the user's name, in lower case")->required();
    add->add_option("--role", options.user.roles, roles)->required();
    add->add_option("--email", options.user.email, "the address with which the user signs in to Google IAP");
    add->add_flag("--no-password", options.user.no_password, "the user signs in through IAP only");
    add->callback([&] { status = admin_add_user(options.dev, options.user); });
    auto* password =
        add_admin_command(parser, options, "set-password", "set a new password; sessions with the old one end");
    password->add_option("name", options.user.name, "the user's name")->required();
    password->callback([&] { status = admin_set_password(options.dev, options.user.name); });
    auto* set_roles = add_admin_command(parser, options, "set-roles", "give the user these roles, and no others");
    set_roles->add_option("name", options.user.name, "the user's name")->required();
    set_roles->add_option("--role", options.user.roles, roles)->required();
    set_roles->callback([&] { status = admin_set_roles(options.dev, options.user); });
    auto* disable =
        add_admin_command(parser, options, "disable-user", "end the user's sessions, and refuse further sign-ins");
    disable->add_option("name", options.user.name, "the user's name")->required();
    disable->callback([&] { status = admin_disable_user(options.dev, options.user.name); });
    auto* enable = add_admin_command(parser, options, "enable-user", "let a disabled user sign in again");
    enable->add_option("name", options.user.name, "the user's name")->required();
    enable->callback([&] { status = admin_enable_user(options.dev, options.user.name); });
    auto* unblock =
        add_admin_command(parser, options, "unblock", "lift the sign-in delay that follows wrong passwords");
    auto* whom = unblock->add_option("name", options.user.name, "the user, or the address that tries to sign in");
    bool& all = options.all;
    auto* all_flag = unblock->add_flag("--all", all, "everybody")->excludes(whom);
    unblock->callback([unblock, whom, all_flag, &options, &status] {
        if (whom->count() + all_flag->count() == 0) throw CLI::RequiredError{"name, or --all"};
        status = admin_unblock(options.dev, options.user.name);
    });
    auto* factor =
        add_admin_command(parser, options, "second-factor",
                          "require a code of an authenticator app in addition to the password; sessions end");
    factor->add_option("name", options.user.name, "the user's name")->required();
    factor->add_option(
        "--out", options.out,
        "a new file for the key and the recovery codes; without it they are printed, to a terminal only");
    factor->callback([&] { status = admin_second_factor(options.dev, options.user.name, options.out); });
    auto* remove = add_admin_command(parser, options, "remove-second-factor", "ask for the password alone again");
    remove->add_option("name", options.user.name, "the user's name")->required();
    remove->callback([&] { status = admin_remove_second_factor(options.dev, options.user.name); });
    add_admin_command(parser, options, "emergencies", "list emergency accesses that wait for a review")->callback([&] {
        status = admin_emergencies(options.dev);
    });
    add_admin_command(parser, options, "list-users", "list users, their roles and states")->callback([&] {
        status = admin_list_users(options.dev);
    });
}

}  // namespace

int run(int argc, char** argv) {
    keep_out_of_core_dumps();
    return_large_blocks();
    CLI::App parser{"Keeps a clinic's DrChrono account mirrored in PostgreSQL, audited, and published as events."};
    parser.name("drchrono-sync");
    parser.set_version_flag("--version", SYNC_VERSION);
    parser.require_subcommand(1);
    int status = 0;

    bool dev = false;
    auto* serve_parser =
        parser.add_subcommand("serve", "run the service until SIGTERM; settings come from the environment");
    serve_parser->add_flag(
        "--dev", dev,
        "for trying it out: on this machine only, with a database of its own; a missing webhook secret is \"dev\"");
    serve_parser->callback([&] { status = serve(dev); });

    auto* migrate_parser = parser.add_subcommand("migrate", "bring the database to this version's schema, then end");
    migrate_parser->add_flag("--dev", dev, dev_help);
    migrate_parser->callback([&] { status = migrate(dev); });

    AuthorizeOptions authorize_options;
    auto authorize_wait = static_cast<int>(authorize_options.wait.count());
    auto* authorize_parser = parser.add_subcommand(
        "authorize", "let a person consent in DrChrono, and store the tokens; running instances take them up");
    add_authorize(*authorize_parser, authorize_options, authorize_wait);
    authorize_parser->add_flag("--dev", dev, dev_help);
    authorize_parser->callback([&] {
        authorize_options.wait = std::chrono::seconds{authorize_wait};
        status = authorize(dev, authorize_options);
    });

    auto* gridhook_parser = parser.add_subcommand(
        "gridhook", "probe | read | replay: what to do when notes cannot be decrypted, or are not understood");
    gridhook_parser->require_subcommand(1);
    ProbeOptions probe_options;
    auto* probe_parser = gridhook_parser->add_subcommand(
        "probe", "try every cipher and both secrets on a captured body; prints no clinical content");
    probe_parser->add_option("file", probe_options.file, "the body, or its ciphertext alone; -: standard input")
        ->required();
    probe_parser->add_flag("--show", probe_options.show,
                           fmt::format("print what was decrypted, at a terminal or into --out; {}", shown_help));
    probe_parser->add_option("--out", probe_options.out, "a new file for all that is printed");
    add_person(*probe_parser);
    probe_parser->add_flag("--dev", dev_of_file_help);
    probe_parser->callback([&] { status = gridhook_probe(probe_options); });
    ReadOptions read_options;
    add_read(*gridhook_parser, read_options, status);
    ReplayOptions replay_options;
    add_replay(*gridhook_parser, replay_options, status);

    AdminOptions admin_options;
    add_admin(*parser.add_subcommand("admin", "who may use the admin page: users, passwords, roles and second factors"),
              admin_options, status);

    SyncOptions sync_options;
    auto* sync_parser = parser.add_subcommand(
        "sync", "reconcile with DrChrono now; Ctrl-C leaves a checkpoint from which the next run continues");
    sync_parser->add_option("resources", sync_options.resources, "patients, appointments, …; none: all, parents first");
    auto* full = sync_parser->add_flag("--full", sync_options.full,
                                       "all records instead of what changed since the last complete run");
    sync_parser
        ->add_option(
            "--since", sync_options.since,
            fmt::format("what changed since then, as a run of its own beside the schedule's: {}", said_time_forms))
        ->check(fault_of_time);
    sync_parser->add_flag("--restart", sync_options.restart, "drop the checkpoint of an earlier run, and start over");
    sync_parser
        ->add_flag("--repair", sync_options.repair,
                   "compare what is stored, columns too, and not only what was last seen; slower")
        ->needs(full);
    sync_parser->add_flag("--plan", sync_options.plan,
                          "say how many requests it would take and when it would be done; starts nothing");
    sync_parser->add_flag("--json", sync_options.json, "one JSON object instead of lines");
    sync_parser->add_flag("--dev", dev, dev_help);
    sync_parser->callback([&] { status = sync(dev, sync_options); });

    VerifyOptions verify_options;
    auto* verify_parser = parser.add_subcommand(
        "verify",
        "compare the mirror with DrChrono, by counts and record by record; writes only to access_log, whose records were named");
    verify_parser->add_option("resources", verify_options.resources, "patients, appointments, …; none: all");
    auto* sample = verify_parser->add_option("--sample", verify_options.sample,
                                             "how many records of each resource, one request per record");
    sample->capture_default_str()->check(CLI::Range(1, 100'000));
    verify_parser->add_flag("--full", verify_options.full, "all records, by whole listings")->excludes(sample);
    verify_parser->add_flag("--json", verify_options.json, "one JSON object instead of lines");
    add_person(*verify_parser);
    verify_parser->add_flag("--dev", dev, dev_help);
    verify_parser->callback([&] { status = verify(dev, verify_options); });

    DoctorOptions doctor_options;
    auto* doctor_parser = parser.add_subcommand(
        "doctor", "look at settings, database, DrChrono, Pub/Sub and keys; say what is wrong and what to do");
    doctor_parser->add_option("--url", doctor_options.url,
                              "the service's address as DrChrono sees it (default: this machine's PORT)");
    doctor_parser->add_flag("--json", doctor_options.json, "one JSON object instead of lines");
    doctor_parser->add_flag("--dev", dev, dev_help);
    doctor_parser->callback([&] { status = doctor(dev, doctor_options); });

    ExplainOptions explain_options;
    auto* explain_parser = parser.add_subcommand(
        "explain",
        "the history of a record, a delivery or an event: arrivals, fetches, changes with old and new values, events");
    explain_parser->add_option("kind", explain_options.kind, "patient, appointment, …, delivery or event")->required();
    explain_parser
        ->add_option(
            "id", explain_options.id,
            "of a record its number in DrChrono, or its id (uuid) here; of a delivery or event its ID, or the first 8 "
            "characters of it")
        ->required();
    explain_parser->add_option("--reason", explain_options.reason,
                               "why you look, for access_log; without it, sensitive values are hidden");
    explain_parser->add_option("--out", explain_options.out,
                               "a new file for all of it; without it, values are shown on a terminal only");
    add_person(*explain_parser);
    explain_parser->add_flag("--json", explain_options.json, "one JSON object instead of lines");
    explain_parser->add_flag("--dev", dev, dev_help);
    explain_parser->callback([&] { status = explain(dev, explain_options); });

    AccountingOptions accounting_options;
    add_accounting(*parser.add_subcommand(
                       "accounting",
                       "who viewed which patients' records: by person and patient, or each access as FHIR AuditEvent"),
                   accounting_options, dev, status);

    CleanupOptions cleanup_options;
    auto* cleanup_parser = parser.add_subcommand(
        "cleanup", "remove what the RETAIN_ settings no longer keep; the service may keep running");
    cleanup_parser->add_flag("--dry-run", cleanup_options.dry_run, "count it, and change nothing");
    cleanup_parser->add_flag("--json", cleanup_options.json, "one JSON object instead of lines");
    cleanup_parser->add_flag("--dev", dev, dev_help);
    cleanup_parser->callback([&] { status = cleanup(dev, cleanup_options); });

    AuditOptions audit_options;
    add_audit(parser, audit_options, status);

    ProofOptions proof_options;
    add_proofs(parser, proof_options, status);

    SimulateOptions simulate_options;
    auto* simulate_parser = parser.add_subcommand("simulate", "run a simulated DrChrono (see simulator/README.md)");
    add_simulate(*simulate_parser, simulate_options);
    simulate_parser->callback([&] { status = simulate(simulate_options); });

    DemoOptions demo_options;
    auto* demo_parser =
        parser.add_subcommand("demo", "a morning at a simulated clinic, from webhook to record, audit row and event");
    add_demo(*demo_parser, demo_options);
    demo_parser->callback([&] { status = demo(demo_options); });

    auto* help_parser = parser.add_subcommand(
        "help", "settings | routes | admin-api | a command: what can be set, what is answered, what it takes");
    help_parser->require_subcommand(0, 1);
    bool markdown = false;
    const auto add_help = [&](const char* name, const char* about, int (*command)(bool)) {
        auto* topic = help_parser->add_subcommand(name, about);
        topic->add_flag("--markdown", markdown, "as the README shows it");
        topic->callback([&status, &markdown, command] { status = command(markdown); });
    };
    add_help("settings", "every setting, its default and what it does", help_settings);
    add_help("routes", "every route and who may call it", help_routes);
    add_help("admin-api", "the admin page's API as an OpenAPI document", help_admin_api);

    help_parser->callback([&] {
        if (help_parser->get_subcommands().empty())
            fmt::print("{}\n{}",
                       // help() would tell of the subcommand that was called.
                       parser.get_formatter()->make_help(&parser, {}, CLI::AppFormatMode::Normal), help_parser->help());
    });

    const auto words = with_help_turned(parser, argc, argv);
    const auto count = static_cast<int>(words.size());
    if (const auto wrong = unknown_command(parser, count, words.data())) {
        fmt::print(stderr, "drchrono-sync: {}\n", *wrong);
        return 2;
    }
    try {
        parser.parse(count, words.data());
    } catch (const CLI::ParseError& problem) {
        return parser.exit(problem) == 0 ? 0 : 2;
    }
    return status;
}

}  // namespace dcs::cli

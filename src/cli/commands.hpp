#pragma once
// Commands: what each command of drchrono-sync does; cli.cpp reads the command line. All return an exit status.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace dcs::cli {

/// 0: stopped as asked. 1: the service is impossible. 2: wrong settings.
int serve(bool dev);
int migrate(bool dev);
/// `markdown`: as the README shows them.
int help_settings(bool markdown);
int help_routes(bool markdown);
/// The admin page's API as an OpenAPI document.
int help_admin_api(bool markdown);

struct ProbeOptions {
    std::string file{};  // "-": standard input
    bool show = false;   // print what was decrypted, on a terminal or into `out` alone
    std::string out{};   // a new file; empty: standard output
};
/// Tries every scheme and secret on a captured body. 0: one fits. 1: none. 2: nothing to try, or no place for values.
int gridhook_probe(const ProbeOptions& options);
/// Has dead deliveries of scribes tried again, these or (empty) all. 1: one of them is not dead.
int gridhook_replay(bool dev, const std::vector<std::string>& ids);

struct ReadOptions {
    std::string file{};  // "-": standard input
    std::string source = "deepcura";
    bool show = false;  // print values, on a terminal or into `out` alone; a terminal shows them anyway
    std::string out{};  // a new file, with values; empty: standard output
};
/// How a payload is understood, member by member; stores nothing. 0: read. 1: it does not open. 2: no such source or file, or no
/// place for values.
int gridhook_read(const ReadOptions& options);

struct RereadOptions {
    std::vector<std::string> ids{};  // of notes; empty: all
    bool apply = false;
    bool show = false;  // print what changes, on a terminal or into `out` alone; access_log has a row of it
    std::string out{};  // a new file; empty: standard output
};
/// Reads kept payloads by the rules of the present: tells which columns would change, or (apply) stores new versions.
/// 0: done. 1: one of them cannot be read, or no database. 2: wrong settings.
int gridhook_reread(bool dev, const RereadOptions& options);

struct AuthorizeOptions {
    std::string redirect_uri{};  // empty: DRCHRONO_REDIRECT_URI
    std::uint16_t port = 0;      // to listen on; 0: the redirect address's
    std::chrono::seconds wait{600};
    bool no_scope = false;       // name none: DrChrono asks for all that the application has
    bool allow_missing = false;  // store a grant that lacks scopes
    bool new_key = false;        // what is stored need not open
    std::string to{};            // a directory for the tokens as files; empty: the database
};
/// Walks a person through DrChrono's consent and stores the tokens. 0: done. 1: refused, or it failed. 2: wrong settings.
/// 3: scopes are missing. 4: nobody answered in time, or interrupted.
int authorize(bool dev, const AuthorizeOptions& options);

struct AdminUserOptions {
    std::string name{};
    std::vector<std::string> roles{};
    std::string email{};
    bool no_password = false;
};
// Users of the admin page. 0: done. 1: there is (no) such user, or no database. 2: wrong settings or words.
int admin_add_user(bool dev, const AdminUserOptions& options);
int admin_set_password(bool dev, const std::string& name);
int admin_set_roles(bool dev, const AdminUserOptions& options);
int admin_disable_user(bool dev, const std::string& name);
int admin_enable_user(bool dev, const std::string& name);
/// `whom` a name or an address; empty: all.
int admin_unblock(bool dev, const std::string& whom);
int admin_list_users(bool dev);
/// Emergency accesses that nobody has reviewed. Their reasons are on the page alone: people write names into them.
int admin_emergencies(bool dev);
/// Makes a second factor, or replaces the one that there is. Its key and recovery codes go to a terminal or into the new file `out`.
int admin_second_factor(bool dev, const std::string& name, const std::string& out);
int admin_remove_second_factor(bool dev, const std::string& name);

struct SyncOptions {
    std::vector<std::string> resources{};  // endpoints; empty or "all": all
    bool full = false;
    std::string since{};   // a window of the caller's own
    std::string said{};    // since, as it was written
    bool restart = false;  // drop what an earlier run has left
    bool repair = false;   // with full: compare what is stored, not what was last seen
    bool plan = false;     // say what it would cost, and begin nothing
    bool json = false;
};
/// 0: complete. 1: the database or the service is impossible. 2: wrong settings or names. 3: not complete; run it again.
int sync(bool dev, SyncOptions options);

struct VerifyOptions {
    std::vector<std::string> resources{};
    bool full = false;
    int sample = 10;  // records of a resource
    bool json = false;
};
/// 0: the same. 1: DrChrono or the database did not answer. 2: wrong settings or names. 3: there are differences, or what was
/// asked for cannot be compared.
int verify(bool dev, const VerifyOptions& options);

struct DoctorOptions {
    std::string url{};  // where the service answers, as others see it; empty: this machine's PORT
    bool json = false;
};
/// Looks at everything the service stands on. 0: nothing failed. 1: something did.
int doctor(bool dev, const DoctorOptions& options);

struct ExplainOptions {
    std::string kind{};  // patient, appointment, …, delivery, event
    std::string id{};    // ours or DrChrono's
    std::string reason{};
    std::string out{};  // a file; empty: standard output
    bool json = false;
};
/// Its history, in order; access_log has a row of it. Clinical values go to a terminal or into the file `out` alone, which must not
/// be there yet and which nobody else may read: what a pipe takes can end in a log. 0: shown. 1: there is none, or no
/// database. 2: wrong settings, kind or file.
int explain(bool dev, const ExplainOptions& options);

struct AccountingOptions {
    std::string since{};           // as base/said_time.hpp reads it
    std::string until{};           // empty: now
    std::string patient{};         // ours or DrChrono's; empty: all
    std::string user{};            // empty: everybody
    std::string format = "table";  // table, csv, json (a line a person and patient), fhir (an AuditEvent an access)
    std::string out{};             // a file; empty: standard output
};
/// Who saw whom; access_log has a row of the question. On a terminal, or into the file `out` alone. 0: shown. 1: no database, or too
/// much. 2: wrong settings or file.
int accounting(bool dev, AccountingOptions options);

struct CleanupOptions {
    bool dry_run = false;  // count, change nothing
    bool json = false;
};
/// 0: complete. 1: failed. 2: wrong settings. 3: not complete, or another one is under way.
int cleanup(bool dev, const CleanupOptions& options);

struct AuditVerifyOptions {
    std::string anchor{};        // a hash; empty: none
    std::string anchors_file{};  // lines with hashes, as AUDIT_ANCHOR's file and the log have them; empty: none
    bool json = false;
};
/// Checks what was audited against its seals. 0: as it was. 1: no database. 2: wrong settings or anchors. 3: it is not as it
/// was, or an anchor is not in the chain.
int audit_verify(bool dev, const AuditVerifyOptions& options);
/// Seals behind an end of the chain that no key confirms. 0: done. 1: no database. 2: wrong settings, or a key confirms it.
int audit_take_over(bool dev, const std::string& reason);

struct BackupOptions {
    int keep = 0;  // how many to keep, with this one; 0: all
    bool json = false;
};
/// Dumps the database that the settings name, with a manifest. 0: made. 1: it failed. 2: wrong settings. 3: another is being made.
int make_backup(bool dev, const BackupOptions& options);

struct DrillOptions {
    std::string scratch{};  // where the cluster of the drill is made; empty: DATA_DIR
    bool json = false;
};
/// Restores the newest backup into a cluster of its own, verifies and removes it; restore_drills gets a row. 0: it verifies.
/// 1: the database of the service did not answer. 2: wrong settings. 3: there is no backup, or it does not verify.
int restore_drill(bool dev, const DrillOptions& options);

struct EvidenceOptions {
    std::string out{};              // a new file
    std::string at{};               // the pack's time, as base/said_time.hpp reads it; empty: now
    int days = 90;                  // of access_log
    std::string sbom{};             // empty: beside the program
    std::string vulnerabilities{};  // likewise
};
/// Writes the evidence pack. 0: written. 1: it cannot be written, or no database. 2: wrong settings or words, or the file is there.
int make_evidence(bool dev, const EvidenceOptions& options);

struct SimulateOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8090;
    std::uint64_t seed = 1;
    std::uint64_t patients = 200;
    double speed = 1;
    bool no_limits = false;
    std::string callback_url{};
    std::string secret = "dev";
};
int simulate(const SimulateOptions& options);

struct DemoOptions {
    bool once = false;
    double pace = 1;         // 2: twice as fast
    std::string data_dir{};  // empty: a fresh temporary one
};
/// With `once`: 0 only if every delivery became a record, an audit row and an event.
int demo(const DemoOptions& options);

}  // namespace dcs::cli

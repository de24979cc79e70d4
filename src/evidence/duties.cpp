#include "evidence/duties.hpp"

#include "base/counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace dcs::evidence {

namespace {

/// Collects sentences; the verdict follows from which there are.
class Judgement {
public:
    /// `holds`: `yes` is shown; else `no` is missing.
    Judgement& check(bool holds, std::string yes, std::string no) {
        if (holds) finding_.shown.push_back(std::move(yes));
        else finding_.not_shown.push_back(std::move(no));
        return *this;
    }
    /// A section that could not be filled is missing with its own reason.
    Judgement& check(const Section& evidence, bool holds, std::string yes, std::string no) {
        return evidence.shown() ? check(holds, std::move(yes), std::move(no))
                                : cannot(fmt::format("{}: {}", evidence.title, evidence.missing));
    }
    Judgement& cannot(std::string reason) {
        finding_.not_shown.push_back(std::move(reason));
        return *this;
    }
    Finding take() {
        finding_.verdict = finding_.shown.empty()       ? Verdict::not_shown
                           : finding_.not_shown.empty() ? Verdict::shown
                                                        : Verdict::partly;
        return std::move(finding_);
    }

private:
    Finding finding_{};
};

std::string said(std::string_view what, std::string_view value) { return fmt::format("{}: {}.", what, value); }

Finding access_control(const Sections& all) {
    const auto& routes = section(all, "routes");
    const auto& database = section(all, "database_roles");
    const auto& users = section(all, "users");
    return Judgement{}
        .check(routes, !routes.rows.empty(),
               fmt::format("Every route of the service names who may call it: {}, below.",
                           counted(routes.rows.size(), "route")),
               "There is no route table.")
        .check(users, !users.rows.empty(), fmt::format("Users and their roles: {}, below.", users.rows.size()),
               "The admin page has no user.")
        .check(database, database.point("service may alter the audit logs") == "no",
               "The database role of the service cannot alter what was audited.",
               "The database role of the service may alter what was audited.")
        .check(database, database.point("sign-in may become the owner") == "no",
               "Who signs in to the database for the service cannot become the owner of what was audited.",
               "Who signs in to the database for the service can become the owner of what was audited.")
        .take();
}

Finding unique_users(const Sections& all) {
    const auto& users = section(all, "users");
    return Judgement{}
        .check(
            users, !users.rows.empty(),
            fmt::format("The admin page has {}, each with a name of its own (the table's key), which stands in every "
                        "row of access_log.",
                        counted(users.rows.size(), "user")),
            "The admin page has no user.")
        .cannot("Whether each name is used by one person alone cannot be seen by the program.")
        .take();
}

Finding emergency(const Sections& all) {
    const auto& users = section(all, "users");
    return Judgement{}
        .check(
            users, users.point("active admins") != "0" && !users.point("active admins").empty(),
            said("Users who may give access in an emergency (role admin, not disabled)", users.point("active admins")),
            "No active user has the role admin.")
        .check(users, !users.point("active users of the role emergency").empty(),
               fmt::format("Users who may open emergency access themselves (role emergency, not disabled): {}; such "
                           "accesses so far: {}, not reviewed: {}.",
                           users.point("active users of the role emergency"), users.point("emergency accesses"),
                           users.point("emergency accesses not reviewed")),
               "Whether somebody may open emergency access is not known.")
        .cannot(
            "The clinic's procedure, who keeps it and whether it was tried cannot be seen by the program; docs/operate.md "
            "describes one (Emergency access to clinical content).")
        .take();
}

Finding logoff(const Sections& all) {
    const auto& sessions = section(all, "sessions");
    return Judgement{}
        .check(
            sessions, sessions.point("page") != "off",
            fmt::format(
                "Sessions of the admin page end after {} without use and after {} in any case, by the server's clock.",
                sessions.point("ends without use after"), sessions.point("ends in any case after")),
            "The admin page is off: there is no session to end.")
        .take();
}

Finding encryption_at_rest(const Sections& all) {
    const auto& settings = section(all, "settings");
    return Judgement{}
        .check(settings, settings.point("TOKEN_KEY") == "set",
               "DrChrono's tokens are stored sealed with AES-256-GCM under TOKEN_KEY, which is not in the database.",
               "TOKEN_KEY is not set: stored tokens are sealed under a key derived from another secret.")
        .cannot(
            "Records, the database's files and backups are not encrypted by the program: disk encryption is the machine's or "
            "the provider's, and cannot be seen from here.")
        .take();
}

Finding audit_controls(const Sections& all) {
    const auto& chain = section(all, "chain");
    const auto& review = section(all, "access_review");
    return Judgement{}
        .check(chain, chain.point("findings") == "0",
               fmt::format("Every change and every view is recorded; {} in {} verified.",
                           counted(chain.point("rows"), "row"), counted(chain.point("seals"), "seal")),
               fmt::format("The audit chain does not verify; findings: {}.", chain.point("findings")))
        .check(review, !review.point("entries").empty(),
               fmt::format("access_log has {} of the last {}.", counted(review.point("entries"), "entry"),
                           counted(review.point("days"), "day")),
               "There is no count of access_log.")
        .take();
}

Finding integrity(const Sections& all) {
    const auto& chain = section(all, "chain");
    const auto& drill = section(all, "restore_drill");
    return Judgement{}
        .check(chain, chain.point("findings") == "0", "The audit chain verifies from its first seal to its last.",
               fmt::format("The audit chain does not verify; findings: {}.", chain.point("findings")))
        .check(drill, drill.point("result") == "verified",
               said("The last restore drill verified a backup", drill.point("drilled at")),
               said("The last restore drill failed", drill.point("failure")))
        .take();
}

Finding authenticate_records(const Sections& all) {
    const auto& chain = section(all, "chain");
    const auto& settings = section(all, "settings");
    return Judgement{}
        .check(chain, chain.point("findings") == "0" && chain.point("seals") != "0",
               fmt::format(
                   "Rows are hashed into a chain confirmed with a key outside the database; last seal {}, hash {}.",
                   chain.point("last seal"), chain.point("hash")),
               "There is no chain that verifies.")
        .check(settings, settings.point("AUDIT_ANCHOR") == "set",
               "The chain's end is kept outside the database (AUDIT_ANCHOR).",
               "AUDIT_ANCHOR is not set: the chain's end is kept in the service's log alone.")
        .take();
}

Finding authentication(const Sections& all) {
    const auto& users = section(all, "users");
    const auto& sessions = section(all, "sessions");
    const auto& settings = section(all, "settings");
    return Judgement{}
        .check(sessions, sessions.point("page") != "off",
               said("Persons prove who they are to the admin page by", sessions.point("sign-in")),
               "The admin page is off.")
        .check(users, users.point("active users without second factor") == "0",
               "Every active user has a second factor.", fmt::format("Second factor: {}", users.point("second factor")))
        .check(settings,
               settings.point("DRCHRONO_WEBHOOK_SECRET") == "set" && settings.point("DEEPCURA_SHARED_SECRET") == "set",
               "Senders of deliveries prove that they know a secret.", "A secret of a sender is not set.")
        .check(settings, settings.point("short secrets") == "none",
               "No secret of a sender has fewer than 32 characters.",
               said("Secrets with fewer than 32 characters", settings.point("short secrets")))
        .take();
}

Finding transmission(const Sections& all) {
    const auto& connections = section(all, "connections");
    const auto& addresses = section(all, "addresses");
    return Judgement{}
        .check(
            connections, connections.point("in the clear over a network") == "0",
            "Every connection to the database seen while the pack was made is encrypted or does not leave the machine.",
            "There are connections to the database over a network that are not encrypted.")
        .check(addresses, addresses.point("in the clear") == "0", "Every address that the service calls is https.",
               "An address that the service calls is not https.")
        .cannot("TLS of requests that come in ends at the proxy before the service and cannot be seen from here.")
        .take();
}

Finding integrity_on_the_way(const Sections& all) {
    const auto& connections = section(all, "connections");
    const auto& addresses = section(all, "addresses");
    return Judgement{}
        .check(addresses, addresses.point("in the clear") == "0",
               "The service calls others over TLS and checks their certificates.",
               "An address that the service calls is not https.")
        .check(connections, connections.point("in the clear over a network") == "0",
               "The way to the database is TLS or does not leave the machine.",
               "There are connections to the database over a network that are not encrypted.")
        .check(connections, connections.point("server's certificate is checked") != "no",
               "Whose server the database is, is checked, or it is this machine.",
               "Whose server the database is, is not checked (DB_SSLMODE is neither verify-full nor verify-ca).")
        .take();
}

Finding activity_review(const Sections& all) {
    const auto& review = section(all, "access_review");
    const auto& alerts = section(all, "alerts");
    return Judgement{}
        .check(
            review, !review.point("entries").empty(),
            fmt::format("Counts of access_log by user and action for {}, below.", counted(review.point("days"), "day")),
            "There is no count of access_log.")
        .check(alerts, !alerts.rows.empty(), said("Conditions that are looked at, and open now", alerts.point("open")),
               "No condition was looked at.")
        .cannot(
            "That a person reviews these records regularly cannot be seen by the program; the clinic keeps a note of it.")
        .take();
}

Finding clinic_only(std::string reason) { return Judgement{}.cannot(std::move(reason)).take(); }

Finding restrictions(const Sections& all) {
    const auto& routes = section(all, "routes");
    return Judgement{}
        .check(routes, !routes.point("clinical routes").empty(),
               fmt::format("Clinical content is shown by {}, to phi-reader or admin alone; each view is in access_log.",
                           counted(routes.point("clinical routes"), "route")),
               "There is no route table.")
        .cannot(
            "Records are not marked as records of a Part 2 program; whether a use or disclosure is permitted is not judged by the "
            "program.")
        .take();
}

Finding security_of_records(const Sections& all) {
    const auto& chain = section(all, "chain");
    const auto& retention = section(all, "retention");
    const auto& connections = section(all, "connections");
    return Judgement{}
        .check(chain, chain.point("findings") == "0", "The record of changes and views verifies.",
               "The record of changes and views does not verify.")
        .check(connections, connections.point("in the clear over a network") == "0",
               "Records do not travel to the database in the clear.", "Records travel to the database in the clear.")
        .check(retention, !retention.point("last clean-up").empty(),
               said("What is no longer kept was removed last", retention.point("last clean-up")),
               "No clean-up has removed what is no longer kept.")
        .cannot(
            "The clinic's written policies, sanitizing of media and its breach notices cannot be seen by the program.")
        .take();
}

Finding accounting(const Sections& all) {
    const auto& review = section(all, "access_review");
    return Judgement{}
        .check(review, !review.point("oldest entry").empty(),
               said("Who saw which patient is in access_log since", review.point("oldest entry")),
               "access_log has no entry.")
        .cannot("Disclosures that were made outside the service are not in it.")
        .take();
}

Finding notice(const Sections&) {
    return clinic_only(
        "The service adds no notice to what it gives out: its events hold no record, and its page and exports go to the "
        "clinic's own users. Who discloses a record adds the statement of 2.32 and the copy or explanation of the consent.");
}

Finding notice_to_patients(const Sections&) {
    return clinic_only("Notices to patients are given by the program that treats them; the service holds none.");
}

Finding consent(const Sections&) {
    return clinic_only(
        "Consents are kept in DrChrono or on paper; the service does not read them and checks no disclosure against them.");
}

Finding disposition(const Sections& all) {
    const auto& retention = section(all, "retention");
    return Judgement{}
        .check(retention, !retention.rows.empty(), "How long each kind of data is kept is set, below.",
               "There is no retention.")
        .cannot(
            "What becomes of the records when the program ends or is taken over is decided by the clinic; nothing was recorded here.")
        .take();
}

const std::vector<Duty> table{
    {"164.308(a)(1)(ii)(D)",
     "HIPAA",
     "Information system activity review",
     "required",
     "Review records of activity regularly: audit logs, access reports, incident tracking.",
     {"access_review", "alerts", "chain"},
     activity_review},
    {"164.312(a)(1)",
     "HIPAA",
     "Access control",
     "standard",
     "Let only persons and programs in that were granted access.",
     {"routes", "roles", "users", "database_roles"},
     access_control},
    {"164.312(a)(2)(i)",
     "HIPAA",
     "Unique user identification",
     "required",
     "A unique name or number for each user, to identify and track.",
     {"users", "access_review"},
     unique_users},
    {"164.312(a)(2)(ii)",
     "HIPAA",
     "Emergency access procedure",
     "required",
     "A procedure for getting at necessary records in an emergency.",
     {"users"},
     emergency},
    {"164.312(a)(2)(iii)",
     "HIPAA",
     "Automatic logoff",
     "addressable",
     "End a session after a set time of inactivity.",
     {"sessions"},
     logoff},
    {"164.312(a)(2)(iv)",
     "HIPAA",
     "Encryption and decryption",
     "addressable",
     "A mechanism to encrypt and decrypt health information.",
     {"settings"},
     encryption_at_rest},
    {"164.312(b)",
     "HIPAA",
     "Audit controls",
     "standard",
     "Record and examine activity in systems that hold health information.",
     {"chain", "access_review"},
     audit_controls},
    {"164.312(c)(1)",
     "HIPAA",
     "Integrity",
     "standard",
     "Protect health information from improper alteration or destruction.",
     {"chain", "backups", "restore_drill"},
     integrity},
    {"164.312(c)(2)",
     "HIPAA",
     "Mechanism to authenticate health information",
     "addressable",
     "Corroborate that it was not altered or destroyed without authority.",
     {"chain"},
     authenticate_records},
    {"164.312(d)",
     "HIPAA",
     "Person or entity authentication",
     "standard",
     "Verify that who seeks access is who they claim to be.",
     {"users", "sessions", "settings"},
     authentication},
    {"164.312(e)(1)",
     "HIPAA",
     "Transmission security",
     "standard",
     "Guard against unauthorized access to what travels over a network.",
     {"connections", "addresses"},
     transmission},
    {"164.312(e)(2)(i)",
     "HIPAA",
     "Integrity controls",
     "addressable",
     "What is transmitted is not altered without detection.",
     {"connections", "addresses"},
     integrity_on_the_way},
    {"164.312(e)(2)(ii)",
     "HIPAA",
     "Encryption",
     "addressable",
     "Encrypt health information on the way whenever that is appropriate.",
     {"connections", "addresses"},
     transmission},
    {"2.13",
     "42 CFR Part 2",
     "Confidentiality restrictions and safeguards",
     "duty",
     "Records are used and disclosed only as Part 2 permits, and no more of them than is needed.",
     {"routes", "access_review"},
     restrictions},
    {"2.16",
     "42 CFR Part 2",
     "Security for records and notification of breaches",
     "duty",
     "Formal policies that protect against unauthorized use and reasonably anticipated threats, for paper and electronic records; "
     "breach notices as under HIPAA.",
     {"chain", "connections", "retention"},
     security_of_records},
    {"2.19",
     "42 CFR Part 2",
     "Disposition of records by discontinued programs",
     "duty",
     "When a program ends or is taken over, its records are removed or kept sealed.",
     {"retention"},
     disposition},
    {"2.22",
     "42 CFR Part 2",
     "Notice to patients",
     "duty",
     "Tell patients how their records are protected.",
     {},
     notice_to_patients},
    {"2.25",
     "42 CFR Part 2",
     "Accounting of disclosures",
     "duty",
     "On request, tell a patient to whom records were disclosed with consent; it applies once HIPAA's own rule on it does.",
     {"access_review"},
     accounting},
    {"2.31",
     "42 CFR Part 2",
     "Consent requirements",
     "duty",
     "What a patient's written consent must hold.",
     {},
     consent},
    {"2.32",
     "42 CFR Part 2",
     "Notice and copy of consent to accompany disclosure",
     "duty",
     "Each disclosure made with consent carries one of the statements of 2.32 and a copy or clear explanation of the consent.",
     {},
     notice},
};

}  // namespace

const Section& section(const Sections& sections, std::string_view key) {
    const auto found = std::ranges::find(sections, key, &Section::key);
    if (found == sections.end()) throw std::logic_error{fmt::format("no evidence named {}", key)};
    return *found;
}

std::string_view text_of(Verdict verdict) noexcept {
    switch (verdict) {
    case Verdict::shown: return "shown";
    case Verdict::partly: return "partly shown";
    case Verdict::not_shown: return "not shown";
    }
    return "not shown";
}

const std::vector<Duty>& duties() { return table; }

}  // namespace dcs::evidence

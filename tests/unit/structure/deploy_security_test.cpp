// What deploy/ promises an auditor: two users of the database, proven servers, pinned images, closed doors.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <string_view>

namespace {

namespace fs = std::filesystem;

std::string text_of(std::string_view file) {
    std::ifstream stream{fs::path{SOURCE_DIR} / file, std::ios::binary};
    EXPECT_TRUE(stream) << file;
    return {std::istreambuf_iterator<char>{stream}, {}};
}

bool says(const std::string& text, const std::string& pattern) { return std::regex_search(text, std::regex{pattern}); }

std::size_t count(const std::string& text, const std::string& pattern) {
    const std::regex regex{pattern};
    return static_cast<std::size_t>(
        std::distance(std::sregex_iterator{text.begin(), text.end(), regex}, std::sregex_iterator{}));
}

/// Of a Terraform file: from this heading to the brace that closes it.
std::string block(std::string_view file, const std::string& heading) {
    const auto text = text_of(file);
    const auto begin = text.find(heading + " {\n");
    EXPECT_NE(begin, std::string::npos) << file << " has no " << heading;
    return begin == std::string::npos ? "" : text.substr(begin, text.find("\n}\n", begin) - begin);
}

/// Of the Kubernetes manifest: the document of this kind.
std::string manifest(const std::string& kind) {
    const auto text = "---\n" + text_of("deploy/kubernetes/drchrono-sync.yaml");
    for (std::size_t at = 0; at != std::string::npos;) {
        const auto next = text.find("\n---\n", at + 1);
        const auto document = text.substr(at, next == std::string::npos ? next : next - at);
        if (document.find("\nkind: " + kind + "\n") != std::string::npos) return document;
        at = next;
    }
    ADD_FAILURE() << "no " << kind;
    return {};
}

TEST(DeploySecurity, TerraformHasAnOwnerThatMigratesAndAServiceThatIsNotIt) {
    const auto database = text_of("deploy/terraform/database.tf");
    EXPECT_EQ(count(database, R"lit(resource "google_sql_user")lit"), 1U) << "Cloud SQL's users may all make roles";
    EXPECT_TRUE(says(block("deploy/terraform/database.tf", R"(resource "google_sql_user" "owner")"),
                     R"lit(name += "sync_owner")lit"));
    const auto service = block("deploy/terraform/service.tf", R"(resource "google_cloud_run_v2_service" "sync")");
    const auto command = block("deploy/terraform/service.tf", R"(resource "google_cloud_run_v2_job" "command")");
    for (const auto& each : {service, command}) {
        EXPECT_EQ(each.find("MIGRATE"), std::string::npos) << "the owner's password is not the service's";
        EXPECT_EQ(each.find("google_secret_manager_secret.owner"), std::string::npos);
    }
    const auto migrate = block("deploy/terraform/service.tf", R"(resource "google_cloud_run_v2_job" "migrate")");
    EXPECT_TRUE(says(migrate, R"(service_account += google_service_account\.migrator\.email)"));
    EXPECT_TRUE(says(migrate, R"(DB_MIGRATE_USER += google_sql_user\.owner\.name)"));
    const auto may_read =
        block("deploy/terraform/accounts.tf", R"(resource "google_secret_manager_secret_iam_member" "service")");
    EXPECT_EQ(may_read.find("secret.owner"), std::string::npos);
    EXPECT_EQ(block("deploy/terraform/secrets.tf", "locals").find("DB_MIGRATE_PASSWORD"), std::string::npos);
}

TEST(DeploySecurity, CloudSqlRecordsWhoCameAndKeepsPatientsOutOfItsLog) {
    const auto database = text_of("deploy/terraform/database.tf");
    for (const auto* flag :
         {R"(log_connections += "on")", R"(log_disconnections += "on")", R"(log_statement += "ddl")",
          R"(log_error_verbosity += "terse")", R"(log_min_error_statement += "panic")",
          R"("cloudsql.enable_pgaudit" += "on")", R"("pgaudit.log" += "ddl,role")",
          R"("pgaudit.log_parameter" += "off")", R"(point_in_time_recovery_enabled += true)",
          R"(\n  deletion_protection += true)", R"(deletion_protection_enabled += true)", R"(ipv4_enabled += false)"})
        EXPECT_TRUE(says(database, flag)) << flag;
    EXPECT_TRUE(says(text_of("deploy/terraform/accounts.tf"), R"lit(google_project_iam_audit_config)lit"));
}

TEST(DeploySecurity, TheDatabaseProvesWhoItIs) {
    EXPECT_TRUE(says(text_of("deploy/terraform/database.tf"), R"(ssl_mode += "ENCRYPTED_ONLY")"));
    EXPECT_TRUE(says(text_of("deploy/terraform/database.tf"), R"(server_ca_mode += "GOOGLE_MANAGED_INTERNAL_CA")"))
        << "verify-ca is enough only where the authority signs for this instance alone";
    const auto service = text_of("deploy/terraform/service.tf");
    EXPECT_TRUE(says(service, R"lit(DB_SSLMODE += "verify-(ca|full)")lit"));
    const auto programs = count(service, R"(image += var\.image)");
    EXPECT_EQ(programs, 3U);
    EXPECT_EQ(count(service, R"(name += "PGSSLROOTCERT")"), programs);
    EXPECT_EQ(count(service, R"(mount_path = local\.database_ca\.folder)"), programs);
    const auto kubernetes = text_of("deploy/kubernetes/drchrono-sync.yaml");
    EXPECT_TRUE(says(kubernetes, R"(\n  DB_SSLMODE: verify-full\n)"));
    EXPECT_TRUE(says(kubernetes, R"(\{name: PGSSLROOTCERT, value: /etc/drchrono-sync/database/ca\.pem\})"));
    EXPECT_TRUE(says(kubernetes, R"(mountPath: /etc/drchrono-sync/database, readOnly: true)"));
}

TEST(DeploySecurity, ImagesArePinnedByDigest) {
    const std::string digest = "@sha256:[0-9a-f]{64}";
    EXPECT_TRUE(says(text_of("Dockerfile"), "\nARG DEBIAN=debian:[a-z0-9-]+" + digest + "\n"));
    const auto image = block("deploy/terraform/variables.tf", R"(variable "image")");
    EXPECT_NE(image.find(R"(can(regex("@sha256:[0-9a-f]{64}$", var.image)))"), std::string::npos);
    const auto collector = block("deploy/terraform/variables.tf", R"(variable "metrics_collector")");
    EXPECT_TRUE(says(collector, "default += \"[a-z0-9./-]+" + digest + "\""));
    EXPECT_NE(collector.find(R"(can(regex("@sha256:[0-9a-f]{64}$", var.metrics_collector)))"), std::string::npos);
    const auto dockerfile = text_of("Dockerfile");
    std::smatch base;
    std::smatch day;
    ASSERT_TRUE(std::regex_search(dockerfile, base, std::regex{"DEBIAN=debian:bookworm-([0-9]{8})-slim"}));
    ASSERT_TRUE(std::regex_search(dockerfile, day, std::regex{"DAY=([0-9]{8})T"}));
    EXPECT_EQ(base[1], day[1]) << "image and packages are of one day";
}

/// Cloud Run gives an instance one account, so the collector has the service's: it is handed nothing besides, and that account
/// can do no more than the service must.
TEST(DeploySecurity, TheCollectorIsHandedNothingOfTheServices) {
    const auto service = block("deploy/terraform/service.tf", R"(resource "google_cloud_run_v2_service" "sync")");
    const auto begin = service.find(R"(name       = "collector")");
    ASSERT_NE(begin, std::string::npos);
    const auto collector = service.substr(begin, service.find("\n    }\n", begin) - begin);
    EXPECT_EQ(count(collector, "env|secret|args|command"), 0U) << collector;
    EXPECT_EQ(count(collector, "volume_mounts"), 1U);
    EXPECT_TRUE(says(collector, R"lit(name += "metrics")lit"));
    const auto accounts = text_of("deploy/terraform/accounts.tf");
    EXPECT_EQ(count(accounts, R"(resource "google_project_iam_member")"), 1U) << "one role in the whole project";
    EXPECT_TRUE(says(block("deploy/terraform/accounts.tf", R"(resource "google_project_iam_member" "metrics")"),
                     R"lit(role += "roles/monitoring\.metricWriter")lit"));
    EXPECT_EQ(count(accounts, R"(roles/(owner|editor|[a-z]+\.admin)\b)"), 0U);
    EXPECT_EQ(text_of("deploy/kubernetes/drchrono-sync.yaml").find("kind: ClusterRole"), std::string::npos);
}

TEST(DeploySecurity, KubernetesLetsInAndOutOnlyWhatIsNeeded) {
    EXPECT_TRUE(says(manifest("Namespace"), R"(pod-security\.kubernetes\.io/enforce: restricted)"));
    const auto policies = text_of("deploy/kubernetes/network.yaml");
    EXPECT_TRUE(says(policies, R"(podSelector: \{\}\n  policyTypes: \[Ingress, Egress\]\n(---|$))"))
        << "what no rule names is refused, for every pod of the namespace";
    for (const auto* port : {R"(port: http\b)", R"(port: metrics\b)", R"(protocol: UDP, port: 53\b)", R"(port: 5432\b)",
                             R"(port: 443\b)", R"(169\.254\.0\.0/16)"})
        EXPECT_TRUE(says(policies, port)) << port;
    EXPECT_TRUE(
        says(text_of("deploy/kubernetes/kustomization.yaml"), R"(resources: \[drchrono-sync\.yaml, network\.yaml\])"));
    const auto deployment = manifest("Deployment");
    for (const auto* line : {"allowPrivilegeEscalation: false", "readOnlyRootFilesystem: true", "drop: \\[ALL\\]",
                             "runAsNonRoot: true", "type: RuntimeDefault", "automountServiceAccountToken: false"})
        EXPECT_TRUE(says(deployment, line)) << line;
}

TEST(DeploySecurity, TheAdminPageIsOffUnlessSomethingStandsBeforeIt) {
    const auto service = text_of("deploy/terraform/service.tf");
    EXPECT_TRUE(says(service, R"lit(ADMIN += var\.iap == "" \? "off" : "iap")lit"));
    EXPECT_TRUE(says(service, R"lit(ADMIN_IAP_AUDIENCE += var\.iap\b)lit"));
    EXPECT_TRUE(says(block("deploy/terraform/variables.tf", R"(variable "iap")"), R"lit(default += "")lit"));
}

}  // namespace

# Where the secrets lie; what they are is entered by hand (docs/deploy.md), so that Terraform never sees it. The database's
# two passwords alone are made here.

locals {
  secrets = toset([
    "DRCHRONO_WEBHOOK_SECRET",
    "DRCHRONO_CLIENT_SECRET",
    "DRCHRONO_REFRESH_TOKEN",
    "DEEPCURA_SHARED_SECRET",
    "SCRIBE_GENERIC_SECRET",
    "TOKEN_KEY",
    "DB_PASSWORD",
  ])
  # What an installation may go without: Cloud Run refuses a secret without a version, so that the service gets it only where
  # secret_versions names it.
  optional_secrets = toset(["SCRIBE_GENERIC_SECRET"])
  # Each setting with the place of its value. NAME_PREVIOUS is an older version of the same secret.
  secret_settings = {
    for name in setunion(setsubtract(local.secrets, local.optional_secrets), keys(var.secret_versions)) : name => {
      secret  = google_secret_manager_secret.service[trimsuffix(name, "_PREVIOUS")].secret_id
      version = lookup(var.secret_versions, name, "latest")
    }
  }
}

resource "google_secret_manager_secret" "service" {
  for_each  = local.secrets
  secret_id = lower(replace("drchrono-sync-${each.value}", "_", "-"))
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_version" "database_password" {
  secret      = google_secret_manager_secret.service["DB_PASSWORD"].id
  secret_data = random_password.service.result
}

# The owner's password is apart: the service cannot read it.
resource "google_secret_manager_secret" "owner" {
  secret_id = "drchrono-sync-db-migrate-password"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_version" "owner" {
  secret      = google_secret_manager_secret.owner.id
  secret_data = random_password.owner.result
}

# Not secret, but a file of a Secret is how Cloud Run gets one: the authorities that sign the database's certificate, the next
# one among them before it is in use.
resource "google_secret_manager_secret" "database_ca" {
  secret_id = "drchrono-sync-database-ca"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_version" "database_ca" {
  secret      = google_secret_manager_secret.database_ca.id
  secret_data = join("\n", google_sql_database_instance.sync.server_ca_cert[*].cert)
}

# What the collector reads: the service's metrics port, in the collector's own form.
resource "google_secret_manager_secret" "metrics" {
  secret_id = "drchrono-sync-metrics"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_version" "metrics" {
  secret = google_secret_manager_secret.metrics.id
  secret_data = yamlencode({
    apiVersion = "monitoring.googleapis.com/v1beta"
    kind       = "RunMonitoring"
    metadata   = { name = "drchrono-sync" }
    spec       = { endpoints = [{ port = tonumber(local.settings.METRICS_PORT), path = "/metrics", interval = "30s" }] }
  })
}

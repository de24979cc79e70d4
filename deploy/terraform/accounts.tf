# Four accounts, each with what its work needs and no more.

# The service: reads its secrets, publishes to its topic, writes its metrics. The collector beside it is in the same instance,
# and Cloud Run gives an instance one account: it cannot have less than this one. Its image is pinned by digest for that, and
# the owner of the database has another account.
resource "google_service_account" "service" {
  account_id   = "drchrono-sync"
  display_name = "drchrono-sync, the service"
  depends_on   = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "service" {
  for_each = merge(google_secret_manager_secret.service, {
    metrics     = google_secret_manager_secret.metrics
    database_ca = google_secret_manager_secret.database_ca
  })
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.service.member
}

resource "google_pubsub_topic_iam_member" "service" {
  topic  = google_pubsub_topic.events.id
  role   = "roles/pubsub.publisher"
  member = google_service_account.service.member
}

resource "google_project_iam_member" "metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.service.member
}

# Who migrates: reads the owner's password and the database's authority. Used by a job, by nothing that strangers reach.
resource "google_service_account" "migrator" {
  account_id   = "drchrono-sync-migrator"
  display_name = "drchrono-sync, migrations"
  depends_on   = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "migrator" {
  for_each = {
    owner       = google_secret_manager_secret.owner
    database_ca = google_secret_manager_secret.database_ca
  }
  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.migrator.member
}

# The scheduler: nothing at Google; the service lets it in by its address (OIDC_ALLOWED_EMAILS).
resource "google_service_account" "scheduler" {
  account_id   = "drchrono-sync-scheduler"
  display_name = "drchrono-sync, its scheduled calls"
  depends_on   = [google_project_service.needed]
}

# Who reads the events.
resource "google_service_account" "reader" {
  account_id   = "drchrono-sync-reader"
  display_name = "drchrono-sync, readers of its events"
  depends_on   = [google_project_service.needed]
}

resource "google_pubsub_subscription_iam_member" "reader" {
  subscription = google_pubsub_subscription.events.id
  role         = "roles/pubsub.subscriber"
  member       = google_service_account.reader.member
}

# Pub/Sub itself moves what nobody could read to the dead-letter topic.
data "google_project" "this" {
  depends_on = [google_project_service.needed]
}

# Who read a secret, who asked what of the database's interface, and what pgaudit says: logs of access to data, which Google
# keeps only where it is told to.
resource "google_project_iam_audit_config" "access" {
  for_each = toset(["cloudsql.googleapis.com", "secretmanager.googleapis.com"])
  project  = var.project
  service  = each.value
  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letters" {
  topic  = google_pubsub_topic.dead_letters.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  subscription = google_pubsub_subscription.events.id
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
